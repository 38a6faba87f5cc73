"""The log as the publisher reads it: pages bounded in bytes, chain hashes, and how much is waiting."""

from __future__ import annotations

from appliance.queries.pool import Pool, Row
from appliance.sync.envelope import COLUMNS

PAGE_EVENTS = 1_000
PAGE_BYTES = 2 << 20  # what a page may take, however large the records in it are
FEW = 16  # so many may be read without asking for their size: a record has at most 256 KiB
SAMPLE = 64

_PAGE = f"SELECT {COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?"  # noqa: S608  a literal of ours
_FITTING = (  # by their sum: where one invoice in a thousand is long, a page of the longest would be a few events
    "SELECT count(*) FROM (SELECT sum(length(record)) OVER (ORDER BY position) AS total"
    " FROM (SELECT position, record FROM events WHERE position > ? ORDER BY position LIMIT ?)) WHERE total <= ?"
)
_BASE = (
    "SELECT json_extract(record, '$.data.base_position') FROM events"
    " WHERE type IN ('customer.erased', 'store.incarnated') AND type = 'store.incarnated'"
    " ORDER BY position DESC LIMIT 1"
)
_WAITING = (
    "SELECT avg(length(record)), (SELECT json_extract(record, '$.recorded_at') FROM events WHERE position = ?)"
    " FROM (SELECT record FROM events WHERE position > ? ORDER BY position LIMIT ?)"
)


async def page(pool: Pool, after: int, waiting: int) -> list[Row]:
    """The next events after a position, of which so many are waiting."""
    limit = min(PAGE_EVENTS, max(1, waiting))
    if limit > FEW:
        found = await pool.row("upstream_fitting", _FITTING, (after, limit, PAGE_BYTES))
        limit = max(1, int(found[0]) if found else 1)
    return await pool.rows("upstream_page", _PAGE, (after, limit))


async def hash_at(pool: Pool, position: int) -> str | None:
    """The chain hash at a position, in hex; None past the end."""
    if position == 0:
        return "00" * 32
    row = await pool.row("hash_at", "SELECT hash FROM events WHERE position = ?", (position,))
    return bytes(row[0]).hex() if row else None


async def record_at(pool: Pool, position: int) -> bytes | None:
    """The record at a position."""
    row = await pool.row("record_at", "SELECT CAST(record AS BLOB) FROM events WHERE position = ?", (position,))
    return bytes(row[0]) if row else None


async def base(pool: Pool) -> int:
    """The position that the log's present life goes on from."""
    row = await pool.row("life_base", _BASE)
    return int(row[0]) if row else 0


async def waiting(pool: Pool, after: int, count: int) -> tuple[int, str | None]:
    """About how many bytes wait after a position, and when the oldest of them was recorded."""
    if count <= 0:
        return 0, None
    row = await pool.row("upstream_waiting", _WAITING, (after + 1, after, SAMPLE))
    average, oldest = row or (0, None)
    return round((average or 0) * count), oldest
