"""Reading the log: by position, by stream, and its end."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from appliance.application.ports import Recorded
from appliance.eventstore import codec
from appliance.eventstore.chain import GENESIS
from appliance.eventstore.head import Head

_RANGE = "SELECT CAST(record AS BLOB) FROM events WHERE position BETWEEN ? AND ? ORDER BY position"
_STREAM = "SELECT CAST(record AS BLOB) FROM events WHERE stream_id = ? AND version > ? ORDER BY version"
# The index's own condition, word for word: SQLite does not work out that one type implies it, and would read the log.
_OF_NOTE = "FROM events WHERE type IN ('customer.erased', 'store.incarnated') AND type ="


def last(db: sqlite3.Connection) -> Head:
    """Where the log ends: position 0 and the genesis hash when it is empty; incarnation by the last change of it."""
    row = db.execute("SELECT position, hash FROM events ORDER BY position DESC LIMIT 1").fetchone()
    if row is None:
        return Head(1, 0, GENESIS)
    return Head(incarnation(db), row[0], row[1])


def incarnation(db: sqlite3.Connection) -> int:
    """The log's present incarnation: 1 until a `store.incarnated` says otherwise."""
    row = db.execute(
        f"SELECT CAST(record AS BLOB) {_OF_NOTE} 'store.incarnated' ORDER BY position DESC LIMIT 1"
    ).fetchone()
    return int(codec.decode(row[0]).incarnation) if row else 1


def hash_at(db: sqlite3.Connection, position: int) -> bytes | None:
    """The chain hash at a position; genesis at 0, None past the end."""
    if position == 0:
        return GENESIS
    row = db.execute("SELECT hash FROM events WHERE position = ?", (position,)).fetchone()
    return bytes(row[0]) if row else None


def between(db: sqlite3.Connection, first: int, final: int) -> list[Recorded]:
    """The events with first <= position <= final."""
    return [codec.decode(record) for (record,) in db.execute(_RANGE, (first, final))]


def stream(db: sqlite3.Connection, stream_id: str, after: int = 0) -> Iterator[Recorded]:
    """A stream's events past a version, oldest first."""
    return (codec.decode(record) for (record,) in db.execute(_STREAM, (stream_id, after)))


def stream_version(db: sqlite3.Connection, stream_id: str) -> int:
    """A stream's last version, 0 where there is none."""
    row = db.execute(
        "SELECT version FROM events WHERE stream_id = ? ORDER BY version DESC LIMIT 1", (stream_id,)
    ).fetchone()
    return row[0] if row else 0


def erased_subjects(db: sqlite3.Connection) -> list[str]:
    """Whose keys must not exist any more; their destruction is redone at every start."""
    rows = db.execute(f"SELECT stream_id {_OF_NOTE} 'customer.erased' ORDER BY position")
    return [stream_id.removeprefix("customer-") for (stream_id,) in rows]
