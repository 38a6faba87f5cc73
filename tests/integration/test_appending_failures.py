"""What an error means: by its kind, and by whether the group had been committed."""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from appliance.application.ports import Recorded
from appliance.errors import CommandFailed, OutcomeUnknown, ShuttingDown, StoreFull
from appliance.eventstore import stats
from appliance.eventstore.background import Step
from appliance.eventstore.head import Head
from appliance.eventstore.jobs import Job
from appliance.eventstore.store import EventStore
from appliance.eventstore.writer import Writer
from tests.support.polling import wait_until
from tests.support.stores import Held, appending, assert_whole, open_at, opened, rows


class FailingDatabase:
    """A connection that answers one kind of statement with an error of SQLite's, before or after it has run."""

    def __init__(self, db: sqlite3.Connection, statement: str, code: int, *, runs: bool = False) -> None:
        self._db, self._statement, self._code, self._runs = db, statement, code, runs

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        if not sql.startswith(self._statement):
            return self._db.execute(sql, *args)
        if self._runs:
            self._db.execute(sql, *args)
        error = sqlite3.OperationalError("injected")
        error.sqlite_errorcode = self._code
        raise error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    with opened(tmp_path) as found:
        yield found


def fail(store: EventStore, statement: str, code: int, *, runs: bool = False) -> Callable[[], None]:
    """From now on the writer's connection fails at a statement; answers what heals it."""
    writer = store.writer
    healthy = writer._db
    writer._db = FailingDatabase(healthy, statement, code, runs=runs)  # type: ignore[assignment]

    def heal() -> None:
        writer._db = healthy

    return heal


def limit_pages(store: EventStore, spare: int | None) -> None:
    """Let the database grow by so many pages more, and no further; None takes the limit away."""

    def limit(uow: Any) -> None:
        pages = uow.query("PRAGMA page_count")[0][0]
        uow.query(f"PRAGMA max_page_count = {pages + spare if spare is not None else 1_000_000}")

    store.writer.call(limit)


# --- the disk is full ------------------------------------------------------------------------------------------


def fill(store: EventStore) -> int:
    """Append until there is no room left; how many went in."""
    limit_pages(store, spare=8)
    for booked in range(1_000):
        try:
            store.writer.call(appending())
        except StoreFull:
            return booked
    raise AssertionError("the disk never filled up")


def test_a_full_disk_refuses_and_books_nothing(store: EventStore, tmp_path: Path) -> None:
    booked = fill(store)

    assert booked > 0
    assert assert_whole(tmp_path) == booked
    assert store.writer.stats.disk_full
    assert store.writer.failure is None


def test_a_full_disk_fails_every_command_of_the_group_and_none_is_half_there(store: EventStore, tmp_path: Path) -> None:
    booked = fill(store)
    held = Held(store.writer)
    held.queue(*[appending()] * 30)

    answers = held.release()

    assert {type(answer) for answer in answers} == {StoreFull}
    assert assert_whole(tmp_path) == booked


def test_selling_goes_on_where_it_stopped_once_there_is_room(store: EventStore, tmp_path: Path) -> None:
    booked = fill(store)

    limit_pages(store, spare=None)

    assert store.writer.call(appending()) == booked + 1
    assert not store.writer.stats.disk_full
    assert assert_whole(tmp_path) == booked + 1


def test_an_idle_store_notices_by_itself_that_there_is_room(store: EventStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stats, "PROBE_SECONDS", 0.0)
    heal = fail(store, "COMMIT", sqlite3.SQLITE_FULL)
    with pytest.raises(StoreFull):
        store.writer.call(appending())
    heal()

    wait_until(lambda: not store.writer.stats.disk_full)

    assert store.writer.call(appending()) == 1


# --- the disk fails --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("runs", [False, True], ids=["before it was done", "after it was done"])
@pytest.mark.parametrize("statement", ["BEGIN", "COMMIT"])
def test_a_disk_error_leaves_the_outcome_unknown_and_stops_the_writer(
    store: EventStore, statement: str, runs: bool
) -> None:
    store.writer.call(appending())
    seen: list[BaseException] = []
    store.writer.on_failure = seen.append
    held = Held(store.writer)
    held.queue(*[appending()] * 3)
    fail(store, statement, sqlite3.SQLITE_IOERR_FSYNC, runs=runs)

    answers = held.release()

    assert {type(answer) for answer in answers} == {OutcomeUnknown}
    assert len(seen) == 1
    wait_until(lambda: not store.writer._thread.is_alive())
    with pytest.raises(OutcomeUnknown):
        store.writer.call(appending())


def test_a_commit_that_failed_after_it_was_done_is_there_after_the_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        fail(store, "COMMIT", sqlite3.SQLITE_IOERR_FSYNC, runs=True)
        with pytest.raises(OutcomeUnknown):
            store.writer.call(appending())

    with opened(tmp_path) as again:
        assert again.verdict is None
        assert again.writer.call(appending()) == 2
    assert assert_whole(tmp_path) == 2


def test_a_damaged_file_stops_the_writer(store: EventStore) -> None:
    fail(store, "BEGIN", sqlite3.SQLITE_CORRUPT)

    with pytest.raises(OutcomeUnknown):
        store.writer.call(appending())

    assert store.writer.failure is not None


def test_a_head_file_that_cannot_be_written_means_no_acknowledgement(
    store: EventStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "pwrite", fails)

    with pytest.raises(OutcomeUnknown):
        store.writer.call(appending())

    monkeypatch.undo()
    assert store.writer.failure is not None
    assert assert_whole(tmp_path) == 1  # it had been committed: the client's key will find out


def test_what_breaks_after_the_commit_never_runs_a_command_twice(store: EventStore, tmp_path: Path) -> None:
    def listener(head: Head, events: Sequence[Recorded]) -> None:
        raise ZeroDivisionError

    held = Held(store.writer)
    store.writer.listen(listener)
    held.queue(*[appending()] * 3)

    answers = held.release()

    assert {type(answer) for answer in answers} == {OutcomeUnknown}
    assert assert_whole(tmp_path) == 3


def test_a_probe_for_room_that_meets_a_disk_error_stops_the_writer(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stats, "PROBE_SECONDS", 0.0)
    fail(store, "INSERT INTO settings", sqlite3.SQLITE_IOERR_WRITE)
    store.writer.stats.full()
    store.writer.call(lambda _: None)  # wakes the writer; it commits nothing that needs the disk
    store.writer.stats.full()

    wait_until(lambda: store.writer.failure is not None)


def test_a_file_error_in_a_handler_is_a_defect_of_its_own_command(store: EventStore) -> None:
    def reads_a_file(_: Any) -> None:
        raise FileNotFoundError

    with pytest.raises(CommandFailed):
        store.writer.call(reads_a_file)

    assert store.writer.call(appending()) == 1


# --- nobody is left waiting ------------------------------------------------------------------------------------


def test_a_defect_of_the_writer_itself_answers_everybody(store: EventStore, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(store.writer)
    jobs = held.queue(*[appending()] * 3)
    monkeypatch.setattr(Writer, "_between", lambda *_, **__: 1 // 0)
    held.let_go()

    wait_until(lambda: store.writer.failure is not None)

    assert all(job.future.exception(30) is None or isinstance(job.future.exception(30), ShuttingDown) for job in jobs)
    with pytest.raises(OutcomeUnknown):
        store.writer.call(appending())


def test_a_command_that_slips_in_after_the_last_look_at_the_queue_is_answered(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    writer = store.writer
    store.close()
    writer._closing = False  # as the caller saw it a moment before the writer ended
    late = Job.for_thread(appending())

    writer.submit(late)

    assert isinstance(late.future.exception(30), ShuttingDown)


def test_slow_work_that_the_stop_cuts_off_is_told_so(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    running = threading.Event()

    def never_done(_: sqlite3.Connection, __: float) -> bool:
        running.set()
        return False

    endless = Step(never_done)
    store.writer.background(endless)
    assert running.wait(30)

    store.close()

    assert isinstance(endless.done.exception(30), ShuttingDown)


def test_a_start_that_fails_gives_everything_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as store:
        store.writer.call(appending())
    (tmp_path / "head").unlink()  # a new incarnation will be begun, and the disk is full
    threads = threading.active_count()

    def full(*_: object) -> None:
        raise StoreFull("no room")

    monkeypatch.setattr(Writer, "call", full)
    with pytest.raises(StoreFull):
        open_at(tmp_path)
    monkeypatch.undo()

    assert threading.active_count() == threads
    with opened(tmp_path) as again:
        assert again.verdict is not None


def test_a_writer_that_hangs_in_the_disk_keeps_the_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_at(tmp_path)
    monkeypatch.setattr(Writer, "close", lambda _: False)

    store.close()

    monkeypatch.undo()
    assert rows(tmp_path, "SELECT count(*) FROM events") == [(0,)]
    assert store.lock._fd > 0
    os.fstat(store.lock._fd)  # still open
    store.close()
