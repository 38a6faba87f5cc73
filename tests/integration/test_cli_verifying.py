"""`backroom verify` and `dump` on stores that are whole and stores that are not."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from appliance.eventstore.head import Head, HeadFile
from tests.support.command_line import Backroom, backroom_in


@pytest.fixture
def backroom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backroom:
    """A store with five events and a product in stock."""
    backroom = backroom_in(tmp_path, capsys)
    backroom.ok("migrate")
    backroom.ok("registers", "add", "till-1")
    backroom.ok("products", "set", "tea", "--name", "Black tea", "--tax", "zero", "--price", "2.50")
    for quantity in ("12", "6", "3"):
        backroom.ok("stock", "receive", f"tea={quantity}", "--key", f"delivery-{quantity}")
    return backroom


def damage(backroom: Backroom, *statements: str) -> None:
    """Change the file as only a faulty disk or a thief could: past the triggers."""
    with closing(sqlite3.connect(backroom.data / "store.db", isolation_level=None)) as db:
        for (trigger,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            db.execute(statement)


def test_a_whole_store_is_clean(backroom: Backroom) -> None:
    assert "clean" in backroom.ok("verify").out
    assert backroom.answer("verify") == {"status": "clean", "first_bad_position": None, "problems": []}


@pytest.mark.parametrize(
    ("statement", "position"),
    [
        ("""UPDATE events SET record = replace(record, '"12"', '"13"') WHERE position = 3""", 3),
        ("UPDATE events SET hash = zeroblob(32) WHERE position = 2", 2),
        ("DELETE FROM events WHERE position = 4", 4),
        ("UPDATE events SET version = 7 WHERE position = 5", 5),
    ],
)
def test_the_first_bad_position_of_a_changed_log_is_named(backroom: Backroom, statement: str, position: int) -> None:
    damage(backroom, statement)

    said = backroom("verify", "--json")

    assert (said.code, said.json["status"], said.json["first_bad_position"]) == (1, "damaged", position)
    assert f"the first bad position is {position}" in backroom("verify").err


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE stock SET on_hand_milli = on_hand_milli + 1000", "projection"),
        ("DELETE FROM products", "projection"),
        ("UPDATE receipts SET status = 200 WHERE key = 'delivery-6'", "receipt"),
        ("UPDATE receipts SET first_position = 1, last_position = 1 WHERE key = 'delivery-6'", "receipt"),
    ],
)
def test_a_wrong_view_or_receipt_is_found(backroom: Backroom, statement: str, kind: str) -> None:
    damage(backroom, statement)

    said = backroom("verify", "--json")

    assert (said.code, [problem["kind"] for problem in said.json["problems"]]) == (1, [kind])


def test_an_acknowledged_tail_that_is_gone_is_found(backroom: Backroom) -> None:
    head = HeadFile(backroom.data / "head")
    head.read()
    head.write(Head(1, 9, bytes(32)))
    head.close()

    assert backroom("verify", "--json").json["first_bad_position"] == 6


def test_verifying_repairs_nothing_and_begins_no_new_life(backroom: Backroom) -> None:
    damage(backroom, "UPDATE stock SET on_hand_milli = 5", "DELETE FROM events WHERE position = 5")

    first, second = backroom("verify", "--json"), backroom("verify", "--json")

    assert first.json == second.json
    assert first.code == 1


def test_a_file_that_is_no_database_is_said_to_be_none(backroom: Backroom) -> None:
    (backroom.data / "store.db").write_bytes(b"this was a database once " * 1000)

    said = backroom("verify")

    assert said.code == 1
    assert "not a database" in said.out
    assert backroom("products", "list").err.count("\n") == 1


def test_a_dump_holds_every_event_receipt_and_row_and_no_secret(backroom: Backroom) -> None:
    lines = [json.loads(line) for line in backroom.ok("dump").out.splitlines()]

    assert [json.loads(line[0])["position"] for line in lines[1:6]] == [1, 2, 3, 4, 5]
    receipts = lines[lines.index(["receipts", *RECEIPT_COLUMNS]) + 1 :]
    assert {"delivery-12", "delivery-6", "delivery-3"} <= {line[1] for line in receipts if len(line) > 1}
    assert any(line[0] == "tea" for line in lines)


RECEIPT_COLUMNS = ["scope", "key", "command_id", "status", "ids", "first_position", "last_position", "recorded_at"]
