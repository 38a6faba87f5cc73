"""The event store, opened: lock, migrations, writer, head and life of the log, in the order that keeps them honest."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from appliance.domain.refusals import Refusal
from appliance.errors import DatabaseUnusable, RestoreUnfinished
from appliance.eventstore import identity, log
from appliance.eventstore.chain import GENESIS
from appliance.eventstore.checkpoints import Checkpointer
from appliance.eventstore.connection import open_writer
from appliance.eventstore.group import Wiring
from appliance.eventstore.head import Head, HeadFile, HeadReading
from appliance.eventstore.incarnation import Verdict, judge
from appliance.eventstore.lives import Ask, Elsewhere, adopt, begin_life, note
from appliance.eventstore.lock import DataDirectoryLock
from appliance.eventstore.migrate import migrate
from appliance.eventstore.reserve import Reserve
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
    def pepper(self) -> Path:
        """What PINs are keyed with before they are hashed."""
        return self.data / "pepper"

    @property
    def certificate(self) -> Path:
        """What the network knows this store by, where none of one's own is given."""
        return self.data / "tls.crt"

    @property
    def certificate_key(self) -> Path:
        """Its private key."""
        return self.data / "tls.key"

    @property
    def head(self) -> Path:
        """The last acknowledged position."""
        return self.data / "head"

    @property
    def identity(self) -> Path:
        """The machine and file this life is bound to."""
        return self.data / "identity.json"

    @property
    def reserve(self) -> Path:
        """Room for a start on a full disk."""
        return self.data / "reserve"

    @property
    def backups(self) -> Path:
        """Copies made before migrations, and by hand."""
        return self.data / "backups"

    @property
    def incoming(self) -> Path:
        """A store that is being fetched from head office, until it is whole."""
        return self.data / "incoming"

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
    reserve: Reserve
    verdict: Verdict | None
    reading: HeadReading

    def close(self) -> None:
        """Commit what is queued, stop the writer, give the directory back.

        A writer that hangs in the disk keeps the directory: only the process's end may let another one in.
        """
        if self.writer.close():
            self.vault.close()
            _set_aside(self.reserve)
            self.lock.release()


def open_store(
    data: Path,
    wiring: Wiring,
    *,
    machine: str | None = None,
    prepare: Prepare = lambda _: None,
    ask: Ask = lambda _: contextlib.nullcontext(Elsewhere()),
) -> EventStore:
    """Open or create the store in `data` and start its writer.

    Raises DataDirectoryInUse, RestoreUnfinished, MigrationRefused, DatabaseUnusable, sqlite3.Error.
    A lost tail or a copied file begins a new incarnation
    here, before anybody can be given a number, unless `ask` finds the tail elsewhere.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    machine = identity.machine_id(machine)
    with contextlib.ExitStack() as undo:
        lock = DataDirectoryLock(data)
        undo.callback(lock.release)
        _see_that_nothing_is_coming(Paths(data))
        reserve = Reserve(Paths(data).reserve)
        reserve.give()
        with _readable():
            store = _assemble(Paths(data), lock, reserve, wiring, machine, prepare)
        undo.pop_all()
        undo.callback(store.close)
        store.writer.start()
        _begin(store, wiring, machine, ask)
        undo.pop_all()
    _set_aside(reserve)
    return store


def _see_that_nothing_is_coming(paths: Paths) -> None:
    """Half a restore is no reason to begin with nothing: that would be another store under this one's name."""
    if paths.incoming.exists() and not paths.database.exists():
        raise RestoreUnfinished(f"A restore from head office into {paths.data} was begun and is not done.")


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    """Say of a damaged file that it is damaged, in whichever way it shows: SQLite hands on text it cannot vouch for."""
    try:
        yield
    except (UnicodeDecodeError, msgspec.MsgspecError) as error:
        detail = f"The database holds bytes that were never written to it: {error}."
        raise DatabaseUnusable(detail) from error
    except sqlite3.DatabaseError as error:
        if (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF not in _DAMAGED:
            raise
        detail = f"The database cannot be read: {error}."
        raise DatabaseUnusable(detail) from error


_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def _set_aside(reserve: Reserve) -> None:
    with contextlib.suppress(OSError):  # a disk without room for even the name: it is full, and said so elsewhere
        reserve.take()


def _assemble(
    paths: Paths, lock: DataDirectoryLock, reserve: Reserve, wiring: Wiring, machine: str, prepare: Prepare
) -> EventStore:
    with contextlib.ExitStack() as undo:
        db = open_writer(paths.database)
        undo.callback(db.close)
        migrate(db, paths.backups)
        head_file = HeadFile(paths.head)
        undo.callback(head_file.close)
        reading = head_file.read()
        verdict = judge(db, reading, identity.recorded(paths.identity), identity.observe(paths.database, machine))
        wiring.steady.begin(db)  # the first write: a log that cannot be read is left as it was
        if verdict is None and reading.head is None:
            _open_head(head_file)
        vault = Vault(paths.keys)
        undo.callback(vault.close)
        vault.destroy(log.erased_subjects(db))
        prepare(db)
        checkpointer = Checkpointer(paths.wal)
        writer = Writer(db, head_file, wiring, checkpointer)
        undo.pop_all()
    return EventStore(paths, lock, vault, writer, checkpointer, reserve, verdict, reading)


def _open_head(head_file: HeadFile) -> None:
    """Write the first head before the first event: a crash right after the first COMMIT then costs no life."""
    head_file.write(Head(1, 0, GENESIS))
    head_file.sync()


def _begin(store: EventStore, wiring: Wiring, machine: str, ask: Ask) -> None:
    """Begin a new life where the verdict says so and nobody has the tail, and bind the life to machine and file."""
    verdict, paths = store.verdict, store.paths
    if verdict is not None:
        _heal_or_begin(store, verdict, wiring, machine, ask)
    elif store.reading.damaged_slots:
        store.writer.call(lambda uow: note(uow, wiring.clock, "head-damaged", paths.head.name, _DAMAGED_SLOT))
    elif store.writer.head.position == 0:
        with ask(store.writer.head) as elsewhere:  # a new box for an old store: all of its log is a tail
            _fetched(store, elsewhere)
    if verdict is not None or identity.recorded(paths.identity) != identity.observe(paths.database, machine):
        identity.write_down(paths.identity, paths.database, machine)


_DAMAGED_SLOT = "A slot of the head file is damaged; the other one was read, and the log reaches what it says."


def _heal_or_begin(store: EventStore, verdict: Verdict, wiring: Wiring, machine: str, ask: Ask) -> None:
    known = store.reading.head.incarnation if store.reading.head else 0
    with ask(store.writer.head) as elsewhere:
        if _fetched(store, elsewhere) and _reaches_head(store):
            text = f"{verdict.detail} Head office's copy continues this log up to {store.writer.head.position}."
            store.writer.call(lambda uow: note(uow, wiring.clock, f"restored-{verdict.cause}", "log", text))
            store.verdict = None
            return
    store.writer.call(
        lambda uow: begin_life(
            uow,
            cause=verdict.cause,
            detail=f"{verdict.detail} {elsewhere.detail}".strip(),
            machine=machine,
            clock=wiring.clock,
            after_incarnation=max(known, elsewhere.incarnation),
            lost_after=verdict.lost_after,
            lost_until=verdict.lost_until,
        )
    )


def _fetched(store: EventStore, elsewhere: Elsewhere) -> bool:
    """Append the tail that somebody else has; False where it turns out not to be ours after all."""
    if not elsewhere.continues:
        return False
    try:
        for page in elsewhere.pages:
            store.writer.call(partial(adopt, records=page))
    except Refusal:
        return False
    return True


def _reaches_head(store: EventStore) -> bool:
    """Whether the log now holds what was once acknowledged here."""
    head, ours = store.reading.head, store.writer.head
    if head is None or head.position == 0:
        return True
    if head.position > ours.position or head.incarnation > ours.incarnation:
        return False
    return store.writer.call(lambda uow: uow.query(_HASH, (head.position,))) == [(head.hash,)]


_HASH = "SELECT hash FROM events WHERE position = ?"
