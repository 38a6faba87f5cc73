"""Pages that a program writes are as it would write them now, and leave nothing out."""

from collections.abc import Callable, Sequence

import pytest

from appliance.api import reference
from appliance.api.endpoints import ENDPOINTS
from appliance.eventstore import codec
from appliance.hq import event_table
from appliance.observability import alert_table
from tests.support.source_tree import REPOSITORY

RULES = REPOSITORY / "packaging/prometheus/alerts.yml"
PAGES: dict[str, tuple[Callable[[], str], str]] = {
    "api": (reference.markdown, "appliance.api.reference"),
    "events": (event_table.markdown, "appliance.hq.event_table"),
    "alerts": (
        lambda: alert_table.markdown(RULES.read_text()),
        "appliance.observability.alert_table packaging/prometheus/alerts.yml",
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_says(name: str) -> None:
    made, module = PAGES[name]
    written = (REPOSITORY / f"docs/reference/{name}.md").read_text()

    assert written == made(), f"write it anew: python -m {module} > docs/reference/{name}.md"


def test_every_route_stands_on_the_page_of_the_interface() -> None:
    told = reference.markdown()

    assert [each.path for each in ENDPOINTS if f"| `{each.method} {each.path}` |" not in told] == []


def test_every_event_stands_on_the_page_of_events() -> None:
    told = event_table.markdown()

    assert [name for name in codec.TYPES if f"### `{name}`" not in told] == []


def test_every_alert_stands_on_the_page_of_alerts() -> None:
    rules = RULES.read_text()

    assert alert_table.markdown(rules).count("](../runbooks/") == rules.count("- alert: ")


@pytest.mark.parametrize("main", [reference.main, event_table.main])
def test_who_asks_for_anything_else_is_told_how_it_is_used(
    main: Callable[[Sequence[str]], int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["docs"]) == 2
    assert "usage: python -m" in capsys.readouterr().err
