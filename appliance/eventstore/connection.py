"""How the database is opened: every setting that durability rests on is set and then read back."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from appliance.errors import DatabaseUnusable

AUTOCHECKPOINT_PAGES = 8_000  # 16 MiB: a checkpoint inside COMMIT is the exception, the idle one the rule
PAGE_BYTES = 2_048  # a lone sale changes some 25 pages a little: half the size is a third off its COMMIT
CACHE_KIB = 16 * 1024
BUSY_MS = 5_000


def open_writer(path: Path) -> sqlite3.Connection:
    """The one read-write connection: WAL, synchronous=FULL, deleted content overwritten. Owned by the writer thread.

    Raises DatabaseUnusable where a setting did not take: `PRAGMA journal_mode=wal` fails without an error.
    """
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # SQLite gives its other files this mode too
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    try:
        db.execute(f"PRAGMA page_size={PAGE_BYTES}")  # of a new file; an existing one keeps its own
        _expect(db, "PRAGMA journal_mode=WAL", "wal")
        db.execute("PRAGMA synchronous=FULL")
        _expect(db, "PRAGMA synchronous", 2)
        db.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        db.execute(f"PRAGMA wal_autocheckpoint={AUTOCHECKPOINT_PAGES}")
        db.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        db.execute("PRAGMA foreign_keys=OFF")
        db.execute("PRAGMA secure_delete=ON")
        db.execute("PRAGMA trusted_schema=OFF")
        # INSERT OR REPLACE that meets an old event by its stream and version fires the trigger that forbids deleting.
        db.execute("PRAGMA recursive_triggers=ON")
    except BaseException:
        db.close()
        raise
    return db


def open_reader(path: Path) -> sqlite3.Connection:
    """A read-only connection that never checkpoints; for slices and short reads of the scrub and of `verify`."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA query_only=ON")
    db.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    return db


def _expect(db: sqlite3.Connection, pragma: str, wanted: object) -> None:
    found = db.execute(pragma).fetchone()[0]
    if found != wanted:
        message = f"{pragma} answered {found!r} instead of {wanted!r}; the file system may not support it"
        raise DatabaseUnusable(message)
