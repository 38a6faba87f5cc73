"""The log as the publisher reads it: pages bounded in bytes, chain hashes, and how much is waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Self

from appliance.queries.pool import Pool, Row
from appliance.sync.endings import ended
from appliance.sync.envelope import COLUMNS

PAGE_EVENTS = 1_000
PAGE_LEAST = 64  # fewer are read in less time than it takes to read them beside
PAGE_BYTES = 2 << 20  # of records: from here on a page takes no more of them
SAMPLE = 64

_PAGE = f"SELECT {COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?"  # noqa: S608  a literal of ours
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
    limit, size = min(PAGE_EVENTS, max(1, waiting)), 0

    def enough(rows: Sequence[Row]) -> bool:
        nonlocal size
        size += sum(len(record) for _, _, record, _ in rows)
        return size >= PAGE_BYTES

    return await pool.rows_until("upstream_page", enough, _PAGE, (after, limit))


class Pages:
    """The log page by page, each read while the one before is being sent; a context manager around the reading."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._after = 0
        self._ahead: asyncio.Task[list[Row]] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._drop()

    async def next(self, after: int, waiting: int) -> list[Row]:
        """As `page`. The one after it is read already where more is waiting than this one holds."""
        if self._ahead is not None and self._after == after:
            ahead, self._ahead = self._ahead, None
            rows = await ahead
        else:
            await self._drop()
            rows = await page(self._pool, after, waiting)
        if rows and waiting - len(rows) >= PAGE_LEAST:
            self._after = rows[-1][0]
            self._ahead = asyncio.create_task(page(self._pool, self._after, waiting - len(rows)))
        return rows

    async def _drop(self) -> None:
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            await ended([ahead])


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
