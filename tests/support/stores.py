"""An event store to test with: a small fold, a clock that stands still, and the checks every test may ask for."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from appliance.application.ports import Context, Recorded
from appliance.domain import events as e
from appliance.domain.events import Event
from appliance.eventstore.chain import GENESIS, link
from appliance.eventstore.group import Fold, Touch, Wiring
from appliance.eventstore.jobs import Job
from appliance.eventstore.store import EventStore, open_store
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.eventstore.writer import Writer

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
MACHINE = "machine-a"


def tally(db: sqlite3.Connection, events: Sequence[Recorded]) -> None:
    """The smallest projection: how many events of each type there are."""
    db.executemany(
        "INSERT INTO tally VALUES (?, 1) ON CONFLICT DO UPDATE SET n = n + 1", [(each.type,) for each in events]
    )


def prepare_tally(db: sqlite3.Connection) -> None:
    """Its table."""
    db.execute("CREATE TABLE IF NOT EXISTS tally (type TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT")


def wiring(fold: Fold = tally, touches: Mapping[type[Event], Touch] | None = None) -> Wiring:
    """What a store is given, with a clock that stands still."""
    return Wiring(fold=fold, touches=touches or {}, clock=lambda: NOW)


def open_at(data: Path, using: Wiring | None = None, machine: str = MACHINE) -> EventStore:
    """Open the store in a directory, as a start of the appliance does."""
    return open_store(data, using or wiring(), machine=machine, prepare=prepare_tally)


@contextmanager
def opened(data: Path, using: Wiring | None = None, machine: str = MACHINE) -> Iterator[EventStore]:
    """`open_at` for a while."""
    store = open_at(data, using, machine)
    try:
        yield store
    finally:
        store.close()


def context(command_id: str = "c-1", **fields: Any) -> Context:
    """Who asks, in as few words as a test needs."""
    return Context(**{"command_id": command_id, "occurred_at": NOW, **fields})


def received(product_id: str = "tea", quantity: str = "1") -> e.StockReceived:
    """An event that is short to write."""
    return e.StockReceived(product_id=product_id, quantity=quantity)


def appending(*events: Event, stream: str = "stock-tea", expected: int | None = None) -> Callable[[UnitOfWork], int]:
    """A command that appends the events (one delivery unless told otherwise) and answers its last position."""

    def work(uow: UnitOfWork) -> int:
        uow.append(stream, *(events or (received(),)), context=context(), expected=expected)
        return uow.position

    return work


def rows(data: Path, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
    """What another connection sees in the file now."""
    db = sqlite3.connect(f"file:{data / 'store.db'}?mode=ro", uri=True)
    try:
        return db.execute(sql, parameters).fetchall()
    finally:
        db.close()


def log_of(data: Path) -> list[tuple[int, str, int]]:
    """Position, stream and version of every event on the disk."""
    return rows(data, "SELECT position, stream_id, version FROM events ORDER BY position")


def assert_whole(data: Path) -> int:
    """The log is gapless, its streams too, its chain holds from genesis, and the tally is its fold; its length."""
    previous, versions, types = GENESIS, dict[str, int](), dict[str, int]()
    events = rows(data, "SELECT position, stream_id, version, type, CAST(record AS BLOB), hash FROM events ORDER BY 1")
    for expected, (position, stream_id, version, name, record, digest) in enumerate(events, 1):
        assert position == expected
        assert version == versions.get(stream_id, 0) + 1
        assert digest == link(previous, record)
        previous = digest
        versions[stream_id] = version
        types[name] = types.get(name, 0) + 1
    assert dict(rows(data, "SELECT type, n FROM tally")) == types
    return len(events)


@dataclass
class Held:
    """A writer whose thread is busy with one command until `release`: what is queued meanwhile is one group."""

    writer: Writer
    _gate: threading.Event = field(default_factory=threading.Event)
    _reached: threading.Event = field(default_factory=threading.Event)
    jobs: list[Job] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.jobs.append(Job.for_thread(self._hold))
        self.writer.submit(self.jobs[0])
        assert self._reached.wait(30)

    def _hold(self, _: UnitOfWork) -> None:
        self._reached.set()
        assert self._gate.wait(30)

    def queue(self, *works: Callable[[UnitOfWork], Any]) -> list[Job]:
        """Queue commands behind the one that holds the writer."""
        queued = [Job.for_thread(work) for work in works]
        for job in queued:
            self.writer.submit(job)
        self.jobs += queued
        return queued

    def let_go(self) -> None:
        """Let the writer go on, and do not wait."""
        self._gate.set()

    def release(self) -> list[Any]:
        """Let the writer go on; what each queued command answered: a result or an error."""
        self.let_go()
        return [answer_of(job) for job in self.jobs][1:]


def answer_of(job: Job) -> Any:
    """A job's result, or the error it was answered with."""
    error = job.future.exception(30)
    return job.wait(30) if error is None else error
