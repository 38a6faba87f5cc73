"""A bound on what runs at once, so that one slow provider cannot take every worker of the store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Full(Exception):
    """Nobody left in time."""


class Bulkhead:
    """At most `places` at once; who comes later waits, first come first served, at most `patience_s`."""

    def __init__(self, places: int, patience_s: float) -> None:
        self._free = asyncio.Semaphore(places)
        self._patience_s = patience_s
        self.inside = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold a place. Raises Full."""
        try:
            async with asyncio.timeout(self._patience_s):
                await self._free.acquire()
        except TimeoutError:
            raise Full from None
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1
            self._free.release()
