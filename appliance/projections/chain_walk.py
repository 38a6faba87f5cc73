"""Walking the log from its first record: that none is missing, changed or out of its place."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from appliance.eventstore import codec
from appliance.eventstore.chain import GENESIS, link

ROWS_A_BATCH = 200  # a sale's record is some 4 KiB; the largest is 256 KiB

_SCAN = """
    SELECT position, hash, CAST(stream_id AS BLOB), version, CAST(type AS BLOB), CAST(record AS BLOB) FROM events
    WHERE position > ? AND position <= ? ORDER BY position LIMIT ?
"""
# A version follows on the one before it, and that stands earlier in the log: so no stream has a gap.
_UNFOLLOWED = """
    SELECT e.position FROM events AS e WHERE e.position BETWEEN ? AND ? AND e.version <> 1 AND NOT EXISTS (
        SELECT 1 FROM events AS p
        WHERE p.stream_id = e.stream_id AND p.version = e.version - 1 AND p.position < e.position)
    ORDER BY e.position LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Bad:
    """The first position that does not hold, and what about it."""

    position: int
    reason: str


class ChainWalk:
    """Recomputes every hash, and compares each record with the columns it stands in. Ends at the first bad position."""

    def __init__(self, timer: Callable[[], float] = time.perf_counter) -> None:
        self._timer = timer
        self._hash = GENESIS
        self.position = 0
        self.head = 0  # of the last slice's read
        self.bad: Bad | None = None

    def slice(self, db: sqlite3.Connection, budget_s: float) -> bool:
        """Walk on for about so many seconds in one read; True when the head or a bad position is reached."""
        deadline = self._timer() + budget_s
        db.execute("BEGIN")
        try:
            return self._walk(db, deadline)
        except sqlite3.DatabaseError as error:
            self.bad = Bad(self.position + 1, f"the file cannot be read here: {error}")
            return True
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")

    def _walk(self, db: sqlite3.Connection, deadline: float) -> bool:
        (self.head,) = db.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()
        while self.position < self.head and self.bad is None:
            rows = db.execute(_SCAN, (self.position, self.head, ROWS_A_BATCH)).fetchall()
            self.bad = self._first_bad(db, rows)
            if self._timer() >= deadline:
                break
        return self.bad is not None or self.position >= self.head

    def _first_bad(self, db: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> Bad | None:
        first = self.position + 1
        if not rows:
            return Bad(first, "the event is missing")
        for row in rows:
            reason = self._reason(row)
            if reason is not None:
                return Bad(self.position + 1, reason)
            self.position, self._hash = row[0], row[1]
        unfollowed = db.execute(_UNFOLLOWED, (first, self.position)).fetchone()
        return Bad(unfollowed[0], "the version before it in its stream is missing") if unfollowed else None

    def _reason(self, row: tuple[Any, ...]) -> str | None:
        position, digest, stream_id, version, kind, record = row
        if position != self.position + 1:
            return "the event is missing"
        if not isinstance(record, bytes) or not isinstance(digest, bytes) or link(self._hash, record) != digest:
            return "the record or its hash has been changed"
        try:
            recorded = codec.decode(record)
        except (msgspec.MsgspecError, UnicodeDecodeError, codec.UnknownEvent) as error:
            return f"the record cannot be read: {error}"
        said = (recorded.position, recorded.stream_id.encode(), recorded.version, recorded.type.encode())
        if said != (position, stream_id, version, kind):
            return "the record says another position, stream, version or type than its row"
        return None
