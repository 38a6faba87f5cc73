"""Settings are documented from the code, and what is wrong in a file is pointed at."""

from pathlib import Path

import pytest

from appliance import config, settings_reference
from appliance.cli import root
from appliance.config import Settings
from appliance.domain.policies import WITHOUT_SETTING, Said
from appliance.errors import SettingsInvalid
from appliance.schemas.settings import SettingList
from appliance.settings_file import line_of, sets
from appliance.settings_in_force import Prevailing
from appliance.settings_reach import keys
from appliance.settings_report import masked, report
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
    file.write_text('[store]\nname = "Corner"\n[store.taxes.standard]\nrate = "20"\n[limits]\nconnections = 88\n')
    monkeypatch.setenv("BACKROOM__LIMITS__CONNECTIONS", "99")
    monkeypatch.setenv("backroom__http", '{"port": 0}')

    assert root.run(["--config", str(file), "--data", str(tmp_path), "config", "show", "--json"]) == 0
    found = SettingList.model_validate_json(capsys.readouterr().out)
    origin = {each.key: (each.source, each.where) for each in found.items}
    assert origin["store.name"] == ("file", f"{file} line 2")
    assert origin["store.taxes"] == ("file", f"{file} line 4")
    assert origin["limits.connections"] == ("environment", "BACKROOM__LIMITS__CONNECTIONS")
    assert origin["http.port"] == ("environment", "BACKROOM__HTTP")
    assert origin["store.currency"] == ("default", None)
    assert origin["data_dir"] == ("command line", None)
    assert [each.key for each in found.items] == [*keys(Settings), *WITHOUT_SETTING]


def test_what_head_office_has_set_is_shown_where_no_store_runs(tmp_path: Path) -> None:
    said = Said("common", "limits.connections", 300, "2026-11-30T06:00:00.000000Z")
    settings = config.load(data_dir=tmp_path)
    shown = {each["key"]: each for each in report(Prevailing(settings, settings, {said.key: said}), settings.policy())}

    found = shown["limits.connections"]
    assert (found["value"], found["source"], found["where"], found["since"]) == (
        300,
        "head office",
        "common",
        said.since,
    )
    assert found["instead_of"] == {"value": 1_024}


def test_a_box_that_is_not_governed_from_afar_works_by_its_own_settings_and_head_office_s_policies(
    tmp_path: Path,
) -> None:
    told = {
        each.key: each for each in (Said("common", "scrub.period_hours", 2), Said("common", "orders.tender", "other"))
    }
    settings = config.load(data_dir=tmp_path)

    now = Prevailing(settings, settings, told, governed=False).now()

    assert (now.scrub.period_hours, now.orders.tender) == (24.0, "other")


def test_secrets_are_not_shown() -> None:
    assert masked({"smtp": {"password": "x", "user": "u"}, "token": "", "pin": "1234"}) == {
        "smtp": {"password": "(hidden)", "user": "u"},
        "token": "",
        "pin": "(hidden)",
    }
