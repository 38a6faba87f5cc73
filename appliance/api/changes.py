"""That something changed, for screens: the kinds of what happened since the last telling, a few times a second at most.

What comes after a pause is told at once; while there is always something, only once a second.

A store that sells two thousand times a second would otherwise send every console two thousand lines a second. Each
kind is told once with its latest position; a screen reads anew what it shows, so it misses nothing by that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from appliance.api.stream import EventStream

TELL_EVERY_SECONDS = 0.25
SLOWEST_SECONDS = 1.0  # while the store never stops: thirty screens told four times a second cost it a sale in thirty


class ChangeStream(EventStream):
    """One screen that hears of changes. What happened since the start costs no read of the log."""

    _pause = TELL_EVERY_SECONDS

    async def _next(self) -> bytes:
        feed = self._services.feed
        if self._after < feed.begun:
            return b"".join([_told(each.position, each.type) for each in await self._read()])
        found = feed.changed(self._after)
        if found:
            self._after = found[-1][0]
        return b"".join([_told(position, kind) for position, kind in found])

    async def _rest(self, ends: Sequence[asyncio.Future[Any]]) -> None:
        if self._after < self._services.feed.begun:
            return  # what was missed while the store was away is told at once
        await asyncio.wait(ends, timeout=self._pause, return_when=asyncio.FIRST_COMPLETED)
        self._pause = min(self._pause * 2, SLOWEST_SECONDS)

    async def _wait(self, ends: Sequence[asyncio.Future[Any]]) -> bool:
        self._pause = TELL_EVERY_SECONDS
        return await super()._wait(ends)


def _told(position: int, kind: str) -> bytes:
    """Nothing of what it was: fit for every role."""
    return b"id: %d\nevent: %s\ndata:\n\n" % (position, kind.encode())
