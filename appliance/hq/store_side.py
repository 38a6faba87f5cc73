"""The store's side of a comparison: its log and its own day totals, from a data directory or over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import httpx
import msgspec

from appliance.eventstore.connection import open_reader
from appliance.hq.failures import StoreUnreadable

PAGE = 500
DAYS_PAGE = 500
TIMEOUT_SECONDS = 30.0
_RECORDS = "SELECT CAST(record AS BLOB) FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"
_DAYS = (
    "SELECT business_date, sum(CASE section WHEN 'sales' THEN count ELSE 0 END),"
    " sum(CASE section WHEN 'sales' THEN amount WHEN 'refunds' THEN -amount WHEN 'voids' THEN -amount ELSE 0 END)"
    " FROM day_totals GROUP BY business_date"
)

Days = Mapping[str, tuple[int, int]]
"""Business date -> (how many sales, what the day came to in minor units)."""


class View(NamedTuple):
    """Where the log ended, and what the store's own reports said at that very moment; None where they moved."""

    head: int
    days: Days | None


class StoreSide(Protocol):
    """What a comparison asks of a store."""

    async def view(self) -> View:
        """Its head and its own reports."""
        ...

    def records(self, after: int, until: int) -> AsyncIterator[list[bytes]]:
        """Its log, in order, byte for byte."""
        ...


class DataDirectory:
    """A store's files, also beside the running store; every read is short."""

    def __init__(self, database: Path) -> None:
        self._database = database

    async def view(self) -> View:
        """Both as of one moment."""
        return await asyncio.to_thread(self._view)

    async def records(self, after: int, until: int) -> AsyncIterator[list[bytes]]:
        """By pages."""
        while after < until:
            page = await asyncio.to_thread(self._page, after, until)
            if not page:
                return
            after += len(page)
            yield page

    def _view(self) -> View:
        with self._opened() as db:
            db.execute("BEGIN")
            head = db.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()[0]
            return View(head, {date: (sales, total) for date, sales, total in db.execute(_DAYS)})

    def _page(self, after: int, until: int) -> list[bytes]:
        with self._opened() as db:
            return [bytes(record) for (record,) in db.execute(_RECORDS, (after, until, 4 * PAGE))]

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            with contextlib.closing(open_reader(self._database)) as db:
                yield db
        except sqlite3.Error as error:
            raise StoreUnreadable(f"{self._database}: {error}.") from error


class _Page(msgspec.Struct):
    items: list[msgspec.Raw]
    head: int


class HttpStore:
    """A running store's HTTP interface, with a token that may read the log and the reports."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def view(self) -> View:
        """The reports count only where the log did not grow while they were read."""
        before = (await self._page(0, 1)).head
        days = await self._days()
        after = (await self._page(0, 1)).head
        return View(before, days if before == after else None)

    async def records(self, after: int, until: int) -> AsyncIterator[list[bytes]]:
        """By pages."""
        while after < until:
            page = await self._page(after, min(PAGE, until - after))
            if not page.items:
                return
            after += len(page.items)
            yield [bytes(each) for each in page.items]

    async def _page(self, after: int, limit: int) -> _Page:
        return msgspec.json.decode(await self._get("/api/v1/events", after=after, limit=limit), type=_Page)

    async def _days(self) -> Days:
        found: dict[str, tuple[int, int]] = {}
        cursor: str | None = ""
        while cursor is not None:
            more = {"cursor": cursor} if cursor else {}
            answer = msgspec.json.decode(await self._get("/api/v1/reports/days", limit=DAYS_PAGE, **more))
            found |= {day["date"]: (day["sales"], day["total"]) for day in answer["items"]}
            cursor = answer["next_cursor"]
        return found

    async def _get(self, path: str, **query: Any) -> bytes:
        try:
            answer = await self._client.get(path, params=query)
        except httpx.HTTPError as error:
            raise StoreUnreadable(f"{self._client.base_url}: {str(error) or type(error).__name__}.") from error
        if answer.is_error:
            raise StoreUnreadable(f"{self._client.base_url}{path} answers {answer.status_code}: {answer.text[:200]}.")
        return answer.content


@asynccontextmanager
async def over_http(url: str, token_file: Path) -> AsyncIterator[HttpStore]:
    """A running store; the token stands in a file, never in an argument. Raises StoreUnreadable."""
    headers = {"Authorization": f"Bearer {_token(token_file)}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT_SECONDS) as client:
        yield HttpStore(client)


def _token(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreUnreadable(f"{path}: {error}.") from error
