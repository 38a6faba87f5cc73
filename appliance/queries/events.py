"""The log as it stands: records byte for byte, by position or by stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from appliance.queries.pool import Pool

_SELECT = "SELECT position, stream_id, version, type, CAST(record AS BLOB), hash FROM events"


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One row of the log; `record` is JSON exactly as it was hashed and is sent upstream."""

    position: int
    stream_id: str
    version: int
    type: str
    record: bytes
    hash: str  # hex


async def after(pool: Pool, position: int, limit: int) -> list[StoredEvent]:
    """The events past a position, oldest first."""
    sql = f"{_SELECT} WHERE position > ? ORDER BY position LIMIT ?"
    return [_event(row) for row in await pool.rows("events", sql, (position, limit))]


async def of_stream(pool: Pool, stream_id: str, *, version: int = 0, limit: int) -> list[StoredEvent]:
    """A stream's events past a version, oldest first."""
    sql = f"{_SELECT} WHERE stream_id = ? AND version > ? ORDER BY version LIMIT ?"
    return [_event(row) for row in await pool.rows("events_of_stream", sql, (stream_id, version, limit))]


async def head(pool: Pool) -> int:
    """The last position."""
    row = await pool.row("head", "SELECT coalesce(max(position), 0) FROM events")
    return int(row[0]) if row else 0


def _event(row: tuple[Any, ...]) -> StoredEvent:
    position, stream_id, version, kind, record, digest = row
    return StoredEvent(position, stream_id, version, kind, bytes(record), bytes(digest).hex())
