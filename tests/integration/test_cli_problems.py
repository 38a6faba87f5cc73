"""`backroom problems` beside a running store: what is wrong, what to do, and mended from the command line."""

from pathlib import Path
from typing import Any

import pytest

from appliance.api.mending import REASON
from tests.integration.test_cli_outside import ordered, pointed, reached
from tests.support.command_line import Backroom, backroom_in
from tests.support.polling import wait_until
from tests.support.running import running
from tests.support.sandboxes import beside

WAIT_SECONDS = 30.0


@pytest.fixture
def backroom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backroom:
    return backroom_in(tmp_path, capsys)


def problem(backroom: Backroom, problem_id: str) -> dict[str, Any] | None:
    items: list[dict[str, Any]] = backroom.answer("problems", "list")["items"]
    return next((each for each in items if each["problem_id"] == problem_id), None)


def test_stuck_orders_are_told_and_tried_again_by_one_command(backroom: Backroom, tmp_path: Path) -> None:
    with beside(tmp_path) as sandbox:
        pointed(backroom, sandbox, "rest")
        for operation in ("create", "refund"):
            sandbox.control("POST", "/control/faults", {"operation": operation, "fault": "decline"})
        with running(backroom, "--first-start-catalogue") as store:
            placed = ordered(store, 1)
            reached(store, placed, "stuck")
            found = wait_until(lambda: problem(backroom, "sagas-stuck"), WAIT_SECONDS)
            told = backroom.ok("problems", "list").out
            fixed = backroom.answer("problems", "fix", "sagas-stuck")
            retried = f"decided to retry: {REASON}"
            wait_until(lambda: retried in backroom.ok("sagas", "show", placed).out, WAIT_SECONDS)
            reached(store, placed, "stuck")  # its provider still says no: then a person takes it for done
            backroom.ok("sagas", "skip", placed, "--reason", "paid back in cash")
            wait_until(lambda: problem(backroom, "sagas-stuck") is None, WAIT_SECONDS)
            again = backroom("problems", "fix", "sagas-stuck")
            assert store.stop() == 0

    assert found is not None
    assert (found["severity"], found["fix"]) == ("warning", "retry-sagas")
    assert found["action"] == {"method": "POST", "path": "/api/v1/problems/sagas-stuck/fix"}
    assert "backroom problems fix sagas-stuck" in told
    assert fixed["done"] == "1 saga(s) are being tried again."
    assert (again.code, "There is no problem" in again.err) == (1, True)


def test_a_customer_s_data_is_given_out_by_command_and_erased_by_command(backroom: Backroom) -> None:
    backroom.ok("migrate")
    customer = backroom.answer("customers", "add", "--name", "Ada Example", "--email", "ada@example.org")["customer_id"]

    given = backroom.ok("customers", "export", customer).json
    backroom.ok("customers", "erase", customer, "--yes")
    after = backroom.ok("customers", "export", customer)
    unknown = backroom("customers", "export", "nobody")

    assert given["customer"][0]["data"]["personal"]["name"] == "Ada Example"
    assert after.json["customer"][0]["data"]["personal"] is None
    assert "Ada" not in after.out
    assert (unknown.code, "There is no customer" in unknown.err) == (1, True)
