"""What the documentation says is what there is."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from appliance.api.roles import ROLES
from appliance.cli.reference import markdown
from appliance.config import Settings
from appliance.domain.operating import CHECKS
from appliance.domain.policies import KEYS
from appliance.integration.settings import PortSettings
from appliance.schemas.hq_commands import COMMANDS
from appliance.sync.translation import MEANINGS

REPOSITORY = Path(__file__).resolve().parents[3]
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]


def test_the_reference_of_the_command_line_is_what_the_commands_say() -> None:
    written = (REPOSITORY / "docs/reference/cli.md").read_text()

    assert written == markdown(), "write it anew: python -m appliance.cli.reference > docs/reference/cli.md"


def settings(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind: Any = field.annotation
        if isinstance(kind, type) and issubclass(kind, PortSettings):
            yield from settings(kind, f"{prefix}<port>.")  # the four ports have the same
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from settings(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


@pytest.mark.parametrize("name", sorted(set(settings())))
def test_every_setting_is_documented(name: str) -> None:
    assert f"`{name}`" in (REPOSITORY / "docs/how-to/run.md").read_text()


@pytest.mark.parametrize("role", ROLES)
def test_every_role_is_documented(role: str) -> None:
    assert f"| `{role}` |" in (REPOSITORY / "docs/how-to/run.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text())

    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("name", KEYS)
def test_every_policy_is_documented(name: str) -> None:
    words = f" {CHECKS[name].words} |" if name in CHECKS else ""
    assert f"| `{name}` |{words}" in (REPOSITORY / "docs/reference/policies.md").read_text()


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_of_head_office_is_documented_and_has_a_meaning(name: str) -> None:
    assert f"`{name}`" in (REPOSITORY / "docs/reference/hq-commands.md").read_text()
    assert set(MEANINGS) == set(COMMANDS)
