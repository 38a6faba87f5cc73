"""Alert rules and the dashboard name what exists, and each alert has its page."""

import json
import re
import shutil
import subprocess

import pytest

from tests.support.source_tree import REPOSITORY

RULES = REPOSITORY / "packaging/prometheus/alerts.yml"
TESTS = REPOSITORY / "packaging/prometheus/alerts.test.yml"
DASHBOARD = REPOSITORY / "packaging/grafana/store.json"
OF_PROMETHEUS = {"up", "process_start_time_seconds", "process_resident_memory_bytes"}
NAME = re.compile(r"\b(?:backroom|process)_[a-z_]+\b")


def documented() -> set[str]:
    found = set(re.findall(r"`(backroom_[a-z_]+)`", (REPOSITORY / "docs/reference/metrics.md").read_text()))
    return found | {f"{each}_{part}" for each in found for part in ("bucket", "sum", "count")} | OF_PROMETHEUS


def alerts() -> list[dict[str, str]]:
    blocks = RULES.read_text().split("- alert: ")[1:]
    return [
        {"alert": block.split("\n", 1)[0], **dict(re.findall(r"^ +(\w+): (.+)$", block, re.MULTILINE))}
        for block in blocks
    ]


def unknown(text: str) -> set[str]:
    return set(NAME.findall(text)) - documented()


def test_every_alert_names_metrics_that_exist() -> None:
    assert {each["alert"]: found for each in alerts() if (found := unknown(each["expr"]))} == {}


def test_every_alert_says_how_bad_it_is_and_what_to_do() -> None:
    for each in alerts():
        assert each["severity"] in {"warning", "critical"}
        assert each["summary"]
        assert each["description"]
        page = (REPOSITORY / each["runbook"]).read_text()
        assert f"`{each['alert']}`" in page
        assert "## What to do" in page


def test_every_runbook_belongs_to_an_alert_and_every_alert_is_tested() -> None:
    named = {REPOSITORY / each["runbook"] for each in alerts()}
    assert set((REPOSITORY / "docs/runbooks").glob("*.md")) == named
    assert set(re.findall(r"alertname: (\w+)", TESTS.read_text())) == {each["alert"] for each in alerts()}


def test_every_panel_of_the_dashboard_names_metrics_that_exist() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    assert len(panels) > 10
    for panel in panels:
        for target in panel["targets"]:
            assert NAME.findall(target["expr"]), panel["title"]
            assert unknown(target["expr"]) == set(), panel["title"]


def test_a_metric_that_does_not_exist_is_found() -> None:
    assert unknown("rate(backroom_invented_total[5m])") == {"backroom_invented_total"}


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_rules_fire_when_they_should_and_are_silent_when_not() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not here; .ci/run takes it out of Debian's prometheus package")
    for arguments in (["check", "rules", str(RULES)], ["test", "rules", str(TESTS)]):
        done = subprocess.run([promtool, *arguments], capture_output=True, text=True, check=False, timeout=100)
        assert done.returncode == 0, done.stdout + done.stderr
