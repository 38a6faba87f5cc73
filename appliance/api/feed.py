"""News of commits for whoever waits on the event loop: live feeds of the log."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from appliance.api.cache import OrderCache
from appliance.application.ports import Recorded
from appliance.eventstore.head import Head


class CommitFeed:
    """Knows the head position, wakes feeds, and tells the order cache what has changed.

    `committed` is the writer's listener: it runs on the writer thread before any answer goes out, so whoever has been
    answered finds no stale order. With nobody waiting a commit costs no wake-up of the loop.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, orders_cache: OrderCache, position: int) -> None:
        self._loop = loop
        self._orders_cache = orders_cache
        self._waiting: set[asyncio.Future[None]] = set()
        self._kinds: dict[str, int] = {}  # of all that has happened since: the latest position of each type
        self.begun = self.position = position
        self.clients = 0

    def committed(self, head: Head, events: Sequence[Recorded]) -> None:
        """Take note of a commit; called on the writer thread."""
        for each in events:
            self._kinds[each.type] = each.position
        self.position = head.position
        self._orders_cache.committed(events)
        # Set before this look: a waiter that comes too late for the wake-up sees the position instead.
        if self._waiting and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def changed(self, after: int) -> list[tuple[int, str]]:
        """What kinds of events there were past `after`, each with its latest position, in order.

        It knows of those since the start: `after` is at least `begun`.
        """
        known = self._kinds.copy()  # in one step, while the writer goes on: all up to its last position is in it
        return sorted((position, kind) for kind, position in known.items() if position > after)

    def news(self, after: int) -> asyncio.Future[None]:
        """Done when the log reaches past `after`; to be cancelled by whoever no longer waits."""
        future: asyncio.Future[None] = self._loop.create_future()
        self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)
        if self.position > after:
            future.set_result(None)
        return future

    def _wake(self) -> None:
        for future in list(self._waiting):
            if not future.done():
                future.set_result(None)
