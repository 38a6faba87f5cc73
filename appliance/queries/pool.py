"""The read-only connections, and the rule that no reader reads for long."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self, cast

import aiosqlite

from appliance.errors import QueryTimedOut, ShuttingDown

READERS = 3  # more would only wait for the two cores they share with the writer
LIMIT_SECONDS = 2.0  # a longer reader keeps the write-ahead log from being cleared
STEPS_A_LOOK = 5_000  # of SQLite's virtual machine between two looks at the time: well under a millisecond
BUSY_MS = 2_000
ROWS_A_LUMP = 32  # of who reads until it has enough: so many may be more than that

Row = tuple[Any, ...]
Enough = Callable[[Sequence[Row]], bool]
Observe = Callable[[str, float], None]
"""Told each query's name and how many seconds it took, cut ones too."""


@dataclass(eq=False)
class _Reader:
    """One connection with the thread that aiosqlite gives it, and when its present query must end."""

    db: aiosqlite.Connection
    deadline: float = 0.0

    def overdue(self) -> int:
        return int(time.monotonic() > self.deadline)

    def cut(self) -> None:
        """End the present query at its next look at the time; unlike an interrupt also one that has yet to begin."""
        self.deadline = 0.0

    async def fetch(self, sql: str, parameters: Iterable[Any]) -> list[Row]:
        return cast("list[Row]", await self.db.execute_fetchall(sql, parameters))

    async def fetch_until(self, enough: Enough, sql: str, parameters: Iterable[Any]) -> list[Row]:
        found: list[Row] = []
        async with self.db.execute(sql, parameters) as cursor:
            while rows := cast("list[Row]", await cursor.fetchmany(ROWS_A_LUMP)):
                found += rows
                if enough(rows):
                    break
        return found


def _unobserved(_: str, __: float) -> None: ...


class Pool:
    """Runs queries, each on a connection of its own and for at most two seconds.

    Open and close it on the event loop that uses it; a pool that is not closed keeps the process alive.
    """

    def __init__(
        self, path: Path, *, readers: int = READERS, limit_s: float = LIMIT_SECONDS, observe: Observe = _unobserved
    ) -> None:
        self._path = path
        self._size = readers
        self._limit_s = limit_s
        self._observe = observe
        self._readers: list[_Reader] = []
        self._free: asyncio.Queue[_Reader] = asyncio.Queue()
        self._closed = False

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Open all connections; where one cannot be, none stays open. Raises sqlite3.Error."""
        try:
            for _ in range(self._size):
                await self._add_reader()
        except BaseException:
            await self.close()
            raise

    async def _add_reader(self) -> None:
        reader = _Reader(await aiosqlite.connect(f"file:{self._path}?mode=ro", uri=True, isolation_level=None))
        self._readers.append(reader)
        self._free.put_nowait(reader)
        await reader.db.execute_fetchall("PRAGMA query_only=ON")
        await reader.db.execute_fetchall(f"PRAGMA busy_timeout={BUSY_MS}")
        await reader.db.set_progress_handler(reader.overdue, STEPS_A_LOOK)

    async def close(self) -> None:
        """Cut what is running and close every connection with its thread. Safe to call twice."""
        self._closed = True
        readers, self._readers = self._readers, []
        for reader in readers:
            reader.cut()
        for _ in readers:
            reader = await self._free.get()
            await reader.db.close()

    async def rows(self, name: str, sql: str, parameters: Iterable[Any] = ()) -> list[Row]:
        """All rows of one statement; `name` is what its time is noted under. Raises QueryTimedOut, ShuttingDown."""
        return await self._within_limit(name, lambda reader: reader.fetch(sql, parameters))

    async def rows_until(self, name: str, enough: Enough, sql: str, parameters: Iterable[Any] = ()) -> list[Row]:
        """The same, a lump of rows after the other, up to the lump that `enough` calls the last."""
        return await self._within_limit(name, lambda reader: reader.fetch_until(enough, sql, parameters))

    async def _within_limit(self, name: str, fetch: Callable[[_Reader], Awaitable[list[Row]]]) -> list[Row]:
        reader = await self._take()
        begun = time.monotonic()
        reader.deadline = begun + self._limit_s
        work = asyncio.ensure_future(fetch(reader))
        work.add_done_callback(partial(self._give_back, reader))
        try:
            # Shielded: a connection whose caller left is busy until SQLite has let go of it.
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            reader.cut()
            raise
        except sqlite3.OperationalError as error:
            raise self._explained(name, error) from error
        finally:
            self._observe(name, time.monotonic() - begun)

    async def row(self, name: str, sql: str, parameters: Iterable[Any] = ()) -> Row | None:
        """The first row, if there is one."""
        found = await self.rows(name, sql, parameters)
        return found[0] if found else None

    async def _take(self) -> _Reader:
        reader = None if self._closed else await self._free.get()
        if reader is not None and not self._closed:
            return reader
        if reader is not None:
            self._free.put_nowait(reader)  # `close` waits for it
        raise ShuttingDown("The store is stopping and answers no more questions.")

    def _give_back(self, reader: _Reader, work: asyncio.Future[Any]) -> None:
        if not work.cancelled():
            work.exception()  # looked at: nobody else does where the caller has left
        self._free.put_nowait(reader)

    def _explained(self, name: str, error: sqlite3.OperationalError) -> Exception:
        if getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_INTERRUPT:
            return error
        if self._closed:
            return ShuttingDown("The store is stopping and cut this question off.")
        return QueryTimedOut(f"The question {name} was cut off after {self._limit_s:g} seconds.", query=name)
