"""The store's changes as they happen: followed for ever, resumed where the link broke, told now and then.

Screens are told that something changed and of which kinds, not each event: they read anew what they show. One sale is
told at once; while they keep coming, the pauses between two tellings grow to eight times the first, so that a busy day
costs a console one small read and one repaint in two seconds.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tui.client import Client
from tui.problems import ConsoleError

TELL_EVERY_SECONDS = 0.25
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0
SLOWEST = 8  # times the pause after a first telling, where one follows the other


@dataclass(slots=True)
class Changes:
    """What has happened since the last telling: how far the log reaches, and the kinds of its new events."""

    position: int = 0
    kinds: set[str] = field(default_factory=set)


Told = Callable[[Changes], Awaitable[None]]
Linked = Callable[[bool], Awaitable[None]]


class Live:
    """Follows one store; `told` hears of changes, `linked` of the link's coming and going."""

    def __init__(
        self, client: Client, path: str, told: Told, linked: Linked, *, every_s: float = TELL_EVERY_SECONDS
    ) -> None:
        self._client = client
        self._path = path
        self._told = told
        self._linked = linked
        self._every_s = every_s
        self._pending = Changes()
        self._news = asyncio.Event()
        self.position: int | None = None

    async def run(self) -> None:
        """Follow until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            tasks.create_task(self._tell())

    async def _follow(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                async with self._client.lines(self._path, self.position) as lines:
                    await self._linked(True)
                    pause = FIRST_PAUSE_SECONDS
                    async for line in lines:
                        self._take(line)
            except ConsoleError:
                pass
            await self._linked(False)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311  many consoles should not come at once
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _take(self, line: str) -> None:
        name, _, value = line.partition(": ")
        if name == "id" and value.isdigit():
            self.position = self._pending.position = int(value)
        elif name == "event":
            self._pending.kinds.add(value)
            self._news.set()

    async def _tell(self) -> None:
        pause = self._every_s
        while True:
            await self._news.wait()
            self._news.clear()
            changes, self._pending = self._pending, Changes(self._pending.position)
            await self._told(changes)
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._every_s * SLOWEST) if self._news.is_set() else self._every_s
