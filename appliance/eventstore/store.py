"""The event store, opened: lock, migrations, writer, head and life of the log, in the order that keeps them honest."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from appliance.application.ports import Context
from appliance.domain.events import StoreIncarnated
from appliance.eventstore import identity, log
from appliance.eventstore.checkpoints import Checkpointer
from appliance.eventstore.clock import rfc3339
from appliance.eventstore.connection import open_writer
from appliance.eventstore.group import Wiring
from appliance.eventstore.head import HeadFile, HeadReading
from appliance.eventstore.ids import uuid7
from appliance.eventstore.incarnation import Verdict, judge
from appliance.eventstore.lock import DataDirectoryLock
from appliance.eventstore.migrate import migrate
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.eventstore.vault import Vault
from appliance.eventstore.writer import Writer

Prepare = Callable[[sqlite3.Connection], None]
"""Makes the projections' tables fit this program before the writer starts; comes from the composition root."""


@dataclass(frozen=True, slots=True)
class Paths:
    """What stands where in a data directory."""

    data: Path

    @property
    def database(self) -> Path:
        """The log, the projections and the receipts."""
        return self.data / "store.db"

    @property
    def wal(self) -> Path:
        """SQLite's write-ahead log."""
        return self.data / "store.db-wal"

    @property
    def keys(self) -> Path:
        """The keys of sealed personal data."""
        return self.data / "keys.db"

    @property
    def head(self) -> Path:
        """The last acknowledged position."""
        return self.data / "head"

    @property
    def identity(self) -> Path:
        """The machine and file this life is bound to."""
        return self.data / "identity.json"

    @property
    def backups(self) -> Path:
        """Copies made before migrations, and by hand."""
        return self.data / "backups"

    @property
    def socket(self) -> Path:
        """Where a command line speaks to a running appliance."""
        return self.data / "control.sock"


@dataclass(slots=True)
class EventStore:
    """An open store. `close` it off the event loop."""

    paths: Paths
    lock: DataDirectoryLock
    vault: Vault
    writer: Writer
    checkpointer: Checkpointer
    verdict: Verdict | None
    reading: HeadReading
    notes: list[str] = field(default_factory=list)

    def close(self) -> None:
        """Commit what is queued, stop the writer, give the directory back."""
        self.writer.close()
        self.vault.close()
        self.lock.release()


def open_store(
    data: Path, wiring: Wiring, *, machine: str | None = None, prepare: Prepare = lambda _: None
) -> EventStore:
    """Open or create the store in `data` and start its writer.

    Raises DataDirectoryInUse, MigrationRefused, DatabaseUnusable, sqlite3.Error. A lost tail or a copied file begins
    a new incarnation here, before anybody can be given a number.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    paths = Paths(data)
    lock = DataDirectoryLock(data)
    try:
        return _open(paths, lock, wiring, identity.machine_id(machine), prepare)
    except BaseException:
        lock.release()
        raise


def _open(paths: Paths, lock: DataDirectoryLock, wiring: Wiring, machine: str, prepare: Prepare) -> EventStore:
    db = open_writer(paths.database)
    try:
        migrate(db, paths.backups)
        head_file = HeadFile(paths.head)
        reading = head_file.read()
        verdict = judge(db, reading, identity.recorded(paths.identity), identity.observe(paths.database, machine))
        vault = Vault(paths.keys)
        vault.destroy(log.erased_subjects(db))
        prepare(db)
        checkpointer = Checkpointer(paths.wal)
        writer = Writer(db, head_file, wiring, checkpointer)
    except BaseException:
        db.close()
        raise
    store = EventStore(paths, lock, vault, writer, checkpointer, verdict, reading)
    writer.start()
    _begin(store, wiring, machine)
    return store


def _begin(store: EventStore, wiring: Wiring, machine: str) -> None:
    """Begin a new life where the verdict says so, and bind the life to machine and file."""
    verdict = store.verdict
    if verdict is not None:
        store.writer.call(lambda uow: _incarnate(uow, verdict, wiring, machine, store.reading))
    if verdict is not None or identity.recorded(store.paths.identity) is None:
        identity.write_down(store.paths.identity, store.paths.database, machine)


def _incarnate(uow: UnitOfWork, verdict: Verdict, wiring: Wiring, machine: str, reading: HeadReading) -> None:
    now = wiring.clock()
    known = reading.head.incarnation if reading.head else 0
    event = StoreIncarnated(
        incarnation=max(uow.incarnation, known) + 1,
        base_position=uow.position,
        base_hash=uow.hash.hex(),
        cause=verdict.cause,
        machine=machine,
        lost_after=verdict.lost_after,
        lost_until=verdict.lost_until,
    )
    uow.append("store", event, context=Context(command_id=uuid7(), occurred_at=now, role="system"))
    uow.execute(
        "INSERT INTO findings(found_at, kind, subject, position, detail) VALUES (?,?,?,?,?)",
        (
            rfc3339(now),
            f"incarnation-{verdict.cause}",
            f"incarnation {event.incarnation}",
            uow.position,
            verdict.detail,
        ),
    )
