"""How much of the interpreter a drain may take: all of it in a quiet store, a small share while tills are selling."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

SLICE_SECONDS = 0.002  # a till's request that comes now waits no longer than this
BUSY_SHARE = 0.2  # of one core's time, while sales are coming in
SELLING_SECONDS = 1.0  # a store that committed this recently is selling

Clock = Callable[[], float]


class Pace:
    """Told of every commit; `breathe` gives the loop back after each slice, and more of it to a selling store."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._sold_at = -SELLING_SECONDS
        self._slice_began = clock()

    def sold(self) -> None:
        """A command was committed; callable from any thread."""
        self._sold_at = self._clock()

    @property
    def selling(self) -> bool:
        """Whether sales are coming in."""
        return self._clock() - self._sold_at < SELLING_SECONDS

    def begin(self) -> None:
        """A slice begins: what came before was waiting."""
        self._slice_began = self._clock()

    async def breathe(self) -> None:
        """To be called every few events; waits where the slice is used up."""
        spent = self._clock() - self._slice_began
        if spent >= SLICE_SECONDS:
            await asyncio.sleep(spent * (1 / BUSY_SHARE - 1) if self.selling else 0)
            self._slice_began = self._clock()
