"""`backroom sagas` and `backroom dead-letters` beside a running store whose providers say no."""

from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_cli_outside import ordered, pointed, reached
from tests.support.command_line import Backroom, backroom_in
from tests.support.polling import wait_until
from tests.support.running import running
from tests.support.sandboxes import beside


@pytest.fixture
def backroom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backroom:
    return backroom_in(tmp_path, capsys)


def test_a_stuck_order_is_listed_its_story_told_and_it_is_steered_to_its_end(
    backroom: Backroom, tmp_path: Path
) -> None:
    with beside(tmp_path) as sandbox:
        pointed(backroom, sandbox, "rest")
        for operation in ("create", "refund"):
            sandbox.control("POST", "/control/faults", {"operation": operation, "fault": "decline"})
        with running(backroom, "--first-start-catalogue") as store:
            placed = ordered(store, 1)
            reached(store, placed, "stuck")
            story = backroom.ok("sagas", "show", placed).out
            listed = backroom.ok("sagas", "list", "--status", "stuck", "--json").json["items"]
            retried = backroom.ok("sagas", "retry", placed, "--reason", "they say it works again").out
            wait_until(lambda: "decided to retry" in backroom.ok("sagas", "show", placed).out, 10)
            reached(store, placed, "stuck")
            no = backroom("sagas", "compensate", placed, "--reason", "no")
            skipped = backroom.ok("sagas", "skip", placed, "--reason", "paid back in cash", "--operator", "anna")
            reached(store, placed, "failed")
            after = backroom.ok("sagas", "show", placed)
            letters = backroom.ok("dead-letters", "list")
            gone = [backroom("dead-letters", each, "1") for each in ("retry", "discard")]
            assert store.stop() == 0

    assert [each["saga_id"] for each in listed] == [placed]
    in_order(
        story,
        "began order_fulfilment",
        "validate_order: done",
        "reserve_inventory: done",
        "process_payment: done (transaction_id txn-",
        "turned round at create_shipment",
        "STUCK at process_payment",
    )
    assert "retry" in retried
    assert (no.code, "is being undone already" in no.err) == (1, True)
    assert "skip" in skipped.out
    in_order(
        after.out,
        "decided to retry: they say it works again",
        "anna decided to skip: paid back in cash",
        "process_payment: taken for undone (paid back in cash)",
        "reserve_inventory: undone",
        "everything is taken back",
    )
    assert "none gave up" in letters.err
    assert [(each.code, "no such dead letter" in each.err.lower()) for each in gone] == [(1, True)] * 2


def in_order(text: str, *parts: str) -> None:
    """Each part is in the text, after the one before."""
    at: Any = 0
    for part in parts:
        found = text.find(part, at)
        assert found >= 0, f"{part!r} is missing in:\n{text}"
        at = found
