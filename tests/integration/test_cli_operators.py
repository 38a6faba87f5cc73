"""`backroom operator` and the codes that let devices and people in: typed as in a store."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.command_line import Backroom, backroom_in
from tests.support.running import running


@pytest.fixture
def backroom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backroom:
    backroom = backroom_in(tmp_path, capsys)
    backroom.ok("migrate")
    return backroom


def typed(backroom: Backroom, pin: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command with one line on its standard input."""
    command = [sys.executable, "-m", "appliance", *backroom.given(*arguments)]
    return subprocess.run(command, input=pin, capture_output=True, text=True, check=False, timeout=50)


def test_an_operator_s_life(backroom: Backroom) -> None:
    backroom.ok("operator", "add", "anna", "--name", "Anna Lind", "--role", "supervisor")
    done = typed(backroom, "4711\n", "operator", "set-pin", "anna")
    backroom.ok("operator", "set-role", "anna", "manager")
    listed = backroom.ok("operator", "list", "--json").json["items"][0]
    disabled = backroom.ok("operator", "disable", "anna", "--json").json

    assert done.returncode == 0, done.stderr
    assert "4711" not in done.stdout + done.stderr
    assert (listed["name"], listed["role"], listed["pin_set"]) == ("Anna Lind", "manager", True)
    assert disabled["active"] is False


def test_a_pin_is_no_argument(backroom: Backroom) -> None:
    backroom.ok("operator", "add", "anna")

    assert typed(backroom, "", "operator", "set-pin", "anna", "4711").returncode == 2
    assert typed(backroom, "", "operator", "set-pin", "anna").returncode == 1


def test_a_bad_pin_is_refused_in_one_line(backroom: Backroom) -> None:
    backroom.ok("operator", "add", "anna")

    done = typed(backroom, "1234\n", "operator", "set-pin", "anna")

    assert done.returncode == 1
    assert done.stderr.startswith("error: This PIN will not do")
    assert done.stderr.count("\n") == 1


def test_a_till_enrols_itself_and_a_supervisor_signs_on_there(backroom: Backroom) -> None:
    with running(backroom) as store:
        backroom.ok("operator", "add", "anna", "--role", "supervisor")
        code = backroom.ok("device", "enrol", "Front till", "--register", "till-1").out.strip()
        pin_code = backroom.ok("operator", "set-pin", "anna", "--code").out.strip()

        enrolled = call(store.ready["url"], "/enrolments", {"code": code})
        token = enrolled["token"]
        call(store.ready["url"], "/pins", {"code": pin_code, "pin": "4711"}, token)
        session = call(store.ready["url"], "/sessions", {"operator": "anna", "pin": "4711"}, token)

    assert (enrolled["role"], enrolled["register_id"]) == ("cashier", "till-1")
    assert (session["role"], session["device_id"]) == ("supervisor", enrolled["device_id"])


def call(url: str, path: str, body: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = httpx.post(f"{url}/api/v1{path}", json=body, headers=headers, timeout=40)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found
