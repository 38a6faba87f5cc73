"""Taking a backup beside a selling store.

The copy is made by `VACUUM INTO` on a read-only connection: one consistent moment of the log, without a lock that a
sale would wait for. The keys are copied after the database, so that every event in the copy has its key in it.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.backups import archive
from appliance.backups.archive import DATABASE, DRAFT, KEYS, Backup, Manifest
from appliance.errors import BackupFailed, StoreFull
from appliance.eventstore import log
from appliance.eventstore.connection import open_reader
from appliance.eventstore.store import Paths

ROOM_FACTOR = 1.2  # the copy, and what is sold meanwhile
ROOM_BYTES = 64 << 20  # always left to sales: the largest write-ahead log
LOOK_EVERY = 20_000  # of SQLite's own steps: some milliseconds

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Source:
    """Whose backup it is."""

    paths: Paths
    store_id: str
    program: str


class Stop:
    """Ends a backup from another thread, whatever statement it is in."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self.wanted = False

    def now(self) -> None:
        """Break it off; nothing is left of it."""
        with self._lock:
            self.wanted = True
            if self._db is not None:
                self._db.interrupt()

    @contextlib.contextmanager
    def watching(self, db: sqlite3.Connection) -> Iterator[None]:
        """While it lasts, `now` interrupts this connection."""
        with self._lock:
            self._db = db
        try:
            yield
        finally:
            with self._lock:
                self._db = None


def take(source: Source, into: Path, created_at: str, stop: Stop, progress: Progress) -> Backup:
    """Make a backup in `into` and answer it when it is durable; not on the event loop or the writer's thread.

    Raises StoreFull where there is no room for it, BackupFailed where it was stopped or the copy cannot be made.
    """
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_room(source.paths, into)
    draft = into / f"{created_at.replace(':', '')}{DRAFT}"
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        return _fill(source, draft, created_at, stop, progress)
    except (sqlite3.Error, OSError) as error:
        raise _failed(error, stop) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def unproven(made: Backup, found: Sequence[str]) -> BackupFailed:
    """A backup that does not hold is none: it goes, and why is said. The live store is worth a look then."""
    shutil.rmtree(made.folder, ignore_errors=True)
    return BackupFailed(f"The copy was made but does not hold: {' '.join(found)} Run `backroom verify` on the store.")


def _fill(source: Source, draft: Path, created_at: str, stop: Stop, progress: Progress) -> Backup:
    _copy(source.paths.database, draft / DATABASE, stop, progress)
    _copy(source.paths.keys, draft / KEYS, stop, lambda _: None)
    with contextlib.closing(open_reader(draft / DATABASE)) as db:
        head = log.last(db)
    files = {name: archive.fingerprint(draft / name) for name in (DATABASE, KEYS)}
    manifest = Manifest(
        format=archive.FORMAT,
        store_id=source.store_id,
        incarnation=head.incarnation,
        position=head.position,
        hash=head.hash.hex(),
        created_at=created_at,
        program=source.program,
        files=files,
    )
    archive.write_manifest(draft, manifest)
    archive.sync(draft)
    whole = _free_name(draft.parent, archive.folder_name(created_at, head.position))
    draft.rename(whole)
    archive.sync(whole.parent)
    progress(1.0)
    return Backup(whole, manifest)


def _copy(database: Path, target: Path, stop: Stop, progress: Progress) -> None:
    size = max(database.stat().st_size, 1)
    with contextlib.closing(_open(database)) as db, stop.watching(db):
        db.set_progress_handler(lambda: _look(target, size, stop, progress), LOOK_EVERY)
        db.execute("VACUUM INTO ?", (str(target),))
    target.chmod(0o600)
    archive.sync(target)


def _open(database: Path) -> sqlite3.Connection:
    """A connection that cannot write to the store; unlike a reader's it may write elsewhere, and read for long."""
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True, isolation_level=None)


def _look(target: Path, size: int, stop: Stop, progress: Progress) -> int:
    """Called by SQLite now and then; another answer than 0 breaks the statement off."""
    with contextlib.suppress(OSError):
        progress(min(target.stat().st_size / size, 0.99))
    return int(stop.wanted)


def _check_room(paths: Paths, into: Path) -> None:
    needed = int(paths.database.stat().st_size * ROOM_FACTOR) + ROOM_BYTES
    free = shutil.disk_usage(into).free
    if free < needed:
        detail = f"A backup needs {needed >> 20} MiB in {into}, and {free >> 20} MiB are free; sales keep the rest."
        raise StoreFull(detail)


def _free_name(backups: Path, name: str) -> Path:
    """The name, or one beside it where two backups fall into one second."""
    candidate, number = backups / name, 2
    while candidate.exists():
        candidate, number = backups / f"{name}-{number}", number + 1
    return candidate


def _failed(error: Exception, stop: Stop) -> BackupFailed | StoreFull:
    if stop.wanted:
        return BackupFailed("The store is stopping; the backup was broken off and nothing of it is left.")
    if isinstance(error, sqlite3.Error) and (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF == sqlite3.SQLITE_FULL:
        return StoreFull("The disk filled up while the backup was made; nothing of the backup is left.")
    return BackupFailed(f"The copy could not be made: {error}.")
