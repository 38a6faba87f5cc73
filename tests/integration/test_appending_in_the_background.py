"""What goes on beside selling on the writer's connection: slow work in slices, and checkpoints."""

import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.eventstore import checkpoints
from appliance.eventstore.background import IDLE_BUDGET_SECONDS, Step
from appliance.eventstore.checkpoints import OVERDUE_BYTES, Checkpointer
from appliance.eventstore.connection import open_reader, open_writer
from appliance.eventstore.store import EventStore
from tests.support.polling import wait_until
from tests.support.stores import appending, assert_whole, opened, rows

MEBIBYTE = 1024 * 1024


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    with opened(tmp_path) as found:
        yield found


class Filling:
    """Slow work: writes rows within its budget, and is done after so many slices."""

    def __init__(self, slices: int) -> None:
        self.left = slices
        self.longest_budget = 0.0

    def __call__(self, db: sqlite3.Connection, budget_s: float) -> bool:
        self.longest_budget = max(self.longest_budget, budget_s)
        until = time.monotonic() + budget_s
        while time.monotonic() < until:
            db.execute("INSERT INTO findings(found_at, kind, subject, detail) VALUES ('', 'slice', '', '')")
        self.left -= 1
        return self.left == 0


def test_slow_work_is_done_between_the_commands_of_a_selling_store(store: EventStore, tmp_path: Path) -> None:
    step = Step(Filling(20))
    store.writer.background(step)

    booked = 0
    while not step.done.done():
        store.writer.call(appending())
        booked += 1

    step.done.result(0)
    assert booked > 5  # commands did not have to wait for its end
    assert assert_whole(tmp_path) == booked


def test_no_slice_gets_more_time_than_a_sale_may_wait(store: EventStore) -> None:
    work = Filling(5)
    step = Step(work)

    store.writer.background(step)

    step.done.result(30)
    assert work.longest_budget <= IDLE_BUDGET_SECONDS <= 0.010


def test_slow_work_that_breaks_leaves_selling_alone(store: EventStore, tmp_path: Path) -> None:
    def broken(db: sqlite3.Connection, _: float) -> bool:
        db.execute("INSERT INTO settings VALUES ('half', 'done')")
        raise ZeroDivisionError

    step = Step(broken)
    store.writer.background(step)

    assert isinstance(step.done.exception(30), ZeroDivisionError)
    assert store.writer.call(appending()) == 1
    assert rows(tmp_path, "SELECT * FROM settings") == []


def test_an_idle_store_moves_its_wal_into_the_database(store: EventStore, tmp_path: Path) -> None:
    store.writer.call(appending())

    wait_until(lambda: not store.checkpointer.wanted)

    alone = sqlite3.connect(f"file:{tmp_path / 'store.db'}?immutable=1", uri=True)  # reads no WAL
    assert alone.execute("SELECT count(*) FROM events").fetchone() == (1,)
    alone.close()


def fill_wal(db: sqlite3.Connection, bytes_: int) -> None:
    for number in range(bytes_ // MEBIBYTE):
        db.execute("INSERT INTO t VALUES (?, zeroblob(?))", (number, MEBIBYTE))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    db = open_writer(tmp_path / "store.db")
    db.execute("CREATE TABLE t (n INTEGER, body BLOB)")
    yield db
    db.close()


def test_a_stuck_reader_that_is_cut_lets_the_wal_be_cut(
    database: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "IDLE_SECONDS", 0.0)
    database.execute("PRAGMA busy_timeout=0")
    reader = open_reader(tmp_path / "store.db")
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM t").fetchall()
    checkpointer = Checkpointer(tmp_path / "store.db-wal")
    fill_wal(database, OVERDUE_BYTES + MEBIBYTE)

    overdue = checkpointer.overdue
    checkpointer.note_commit()
    checkpointer.checkpoint(database)
    in_the_way = checkpointer.wanted
    reader.close()
    monkeypatch.setattr(checkpointer, "_blocked_until", 0.0)  # half a minute later
    checkpointer.checkpoint(database)

    assert (overdue, in_the_way, checkpointer.wanted) == (True, True, False)
    assert checkpointer.wal_bytes() == 0


def test_selling_waits_for_a_reader_that_nobody_cuts_only_now_and_then(
    database: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "IDLE_SECONDS", 0.0)
    monkeypatch.setattr(checkpoints, "LOOK_SECONDS", 0.0)
    database.execute("PRAGMA busy_timeout=0")
    reader = open_reader(tmp_path / "store.db")
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM t").fetchall()
    checkpointer = Checkpointer(tmp_path / "store.db-wal")
    fill_wal(database, OVERDUE_BYTES + MEBIBYTE)
    checkpointer.note_commit()
    statements: list[str] = []
    database.set_trace_callback(statements.append)

    for _ in range(5):
        checkpointer.checkpoint(database)

    reader.close()
    assert not checkpointer.overdue
    assert statements == ["PRAGMA wal_checkpoint(TRUNCATE)", *["PRAGMA wal_checkpoint(PASSIVE)"] * 4]


def test_without_readers_the_wal_stays_small_however_much_is_written(
    database: sqlite3.Connection, tmp_path: Path
) -> None:
    fill_wal(database, 100 * MEBIBYTE)

    assert Checkpointer(tmp_path / "store.db-wal").wal_bytes() < 32 * MEBIBYTE


def test_whether_a_checkpoint_is_overdue_is_asked_of_the_disk_once_a_second(tmp_path: Path) -> None:
    wal = tmp_path / "store.db-wal"
    checkpointer = Checkpointer(wal)

    before = checkpointer.overdue
    wal.touch()
    os.truncate(wal, OVERDUE_BYTES + 1)

    assert (before, checkpointer.overdue) == (False, False)
    assert Checkpointer(wal).overdue


def test_purging_empties_the_wal_unless_a_reader_stands_in_the_way(
    database: sqlite3.Connection, tmp_path: Path
) -> None:
    database.execute("PRAGMA busy_timeout=0")
    checkpointer = Checkpointer(tmp_path / "store.db-wal")
    fill_wal(database, MEBIBYTE)
    reader = open_reader(tmp_path / "store.db")
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM t").fetchall()
    fill_wal(database, MEBIBYTE)

    assert not checkpointer.purge(database)
    reader.close()
    assert checkpointer.purge(database)

    assert checkpointer.wal_bytes() == 0
