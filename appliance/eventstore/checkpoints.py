"""Checkpoints, all of them on the writer's connection.

SQLite's WAL up to 3.51.2 can lose commits when one connection checkpoints while another commits, so nobody else does.
The file is kept and reused (growing a file costs more than overwriting it); it is moved into the database when the
store is idle, inside a COMMIT only every 16 MiB, and cut when slow readers made it grow.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

IDLE_SECONDS = 0.25  # between checkpoints of an idle store
OVERDUE_BYTES = 48 * 1024 * 1024  # the WAL must stay under 64 MiB; readers are cut after 2 s
LOOK_SECONDS = 1.0
BLOCKED_SECONDS = 30.0  # a reader that is not ours is never cut: selling must not wait for it again and again


class Checkpointer:
    """Decides when the WAL is moved into the database."""

    def __init__(self, wal: Path) -> None:
        self._wal = wal
        self.wanted = False
        self._done_at = 0.0
        self._looked_at = 0.0
        self._blocked_until = 0.0

    def note_commit(self) -> None:
        """There is something to move."""
        self.wanted = True

    @property
    def overdue(self) -> bool:
        """Whether the WAL has grown so far that selling must wait for a checkpoint."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_SECONDS or now < self._blocked_until:
            return False
        self._looked_at = now
        return self.wal_bytes() > OVERDUE_BYTES

    def wal_bytes(self) -> int:
        """The WAL file's size."""
        try:
            return self._wal.stat().st_size
        except FileNotFoundError:
            return 0

    def checkpoint(self, db: sqlite3.Connection) -> None:
        """Move what can be moved; cut the file if it has grown past its bound."""
        now = time.monotonic()
        if not self.wanted or now - self._done_at < IDLE_SECONDS:
            return
        cut = now >= self._blocked_until and self.wal_bytes() > OVERDUE_BYTES
        self._done_at = now
        try:
            busy, frames, moved = db.execute(f"PRAGMA wal_checkpoint({'TRUNCATE' if cut else 'PASSIVE'})").fetchone()
        except sqlite3.OperationalError as error:
            if (error.sqlite_errorcode & 0xFF) not in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY}:
                raise
        else:
            self.wanted = frames != moved
            if cut and busy:
                self._blocked_until = now + BLOCKED_SECONDS

    def purge(self, db: sqlite3.Connection) -> bool:
        """Empty the WAL, so that no erased byte stays in it; False where a reader stood in the way."""
        busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def close(self, db: sqlite3.Connection) -> None:
        """The last checkpoint of a stop."""
        db.execute("PRAGMA wal_checkpoint(PASSIVE)")
