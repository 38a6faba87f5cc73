"""Settings are documented from the code, and what is wrong in a file is pointed at."""

import json
from pathlib import Path

import pytest

from appliance import config, settings_reference
from appliance.cli import root
from appliance.errors import SettingsInvalid
from appliance.settings_file import line_of, sets
from tests.support.source_tree import REPOSITORY

PAGE = REPOSITORY / "docs/reference/settings.md"


def test_the_reference_is_what_the_code_says() -> None:
    assert PAGE.read_text() == settings_reference.text()


def test_every_setting_says_what_it_is_for() -> None:
    rows = [line for line in settings_reference.text().splitlines() if line.startswith("| `")]
    assert len(rows) > 60
    assert [row for row in rows if row.endswith("|  |")] == []


def test_what_is_wrong_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('# mine\n[store]\nname = "Corner"\ncurrency = "pounds"\n\n[limits]\nconections = 5\n')

    with pytest.raises(SettingsInvalid) as raised:
        config.load(file)
    assert f"store.currency ({file} line 4)" in raised.value.detail
    assert f"limits.conections ({file} line 7)" in raised.value.detail


def test_a_key_is_found_in_every_spelling(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('store.name = "a"\nhttp = { port = 1 }\n[integration.payment]\n"timeout_s" = 3\n')

    assert sets(file, ["store", "name"]) == 1
    assert sets(file, ["http", "port"]) == 2
    assert sets(file, ["integration", "payment", "timeout_s"]) == 4
    assert sets(file, ["integration", "payment", "address"]) is None
    assert line_of(file, ["integration", "payment", "address"]) == 3
    assert line_of(tmp_path / "none", ["a"]) is None


def test_each_setting_is_shown_with_where_it_comes_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[store]\nname = "Corner"\n')
    monkeypatch.setenv("BACKROOM__LIMITS__CONNECTIONS", "99")

    assert root.run(["--config", str(file), "--data", str(tmp_path), "config", "show", "--json"]) == 0
    origin = json.loads(capsys.readouterr().out)["provenance"]
    assert origin["store.name"] == f"{file} line 2"
    assert origin["limits.connections"] == "environment BACKROOM__LIMITS__CONNECTIONS"
    assert origin["store.currency"] == "default"
    assert origin["data_dir"] == "command line"
