"""Deadlines that cost next to nothing: one look a second over all that are running, instead of a timer for each.

A timer a request is a tenth of what a till's sale costs the event loop. These deadlines are for what should never
happen, so that one ends up to a second late does not matter.
"""

from __future__ import annotations

import asyncio
from types import TracebackType

LOOK_SECONDS = 1.0


class Deadlines:
    """The deadlines of one event loop."""

    def __init__(self) -> None:
        self._running: set[Within] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def within(self, seconds: float) -> Within:
        """`with deadlines.within(10): await ...` raises TimeoutError once so many seconds have passed."""
        return Within(self, seconds)

    def watch(self, running: Within) -> float:
        """Begin to look after one; answers the present time of its loop."""
        self._running.add(running)
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # nobody looks yet, or only on a loop that has ended
            self._loop = loop
            loop.call_later(LOOK_SECONDS, self._look)
        return loop.time()

    def forget(self, running: Within) -> None:
        """It is over."""
        self._running.discard(running)

    def _look(self) -> None:
        loop, self._loop = self._loop, None
        if loop is None or not self._running:
            return
        now = loop.time()
        for each in [each for each in self._running if each.due <= now]:
            each.expire()
        self._loop = loop
        loop.call_later(LOOK_SECONDS, self._look)


class Within:
    """One deadline, of the task that entered it."""

    __slots__ = ("_deadlines", "_expired", "_seconds", "_task", "due")

    def __init__(self, deadlines: Deadlines, seconds: float) -> None:
        self._deadlines = deadlines
        self._seconds = seconds
        self._expired = False
        self._task: asyncio.Task[object] | None = None
        self.due = 0.0

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        self.due = self._deadlines.watch(self) + self._seconds

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deadlines.forget(self)
        if self._expired and self._task is not None:
            left = self._task.uncancel()
            if kind is not None and issubclass(kind, asyncio.CancelledError) and not left:
                raise TimeoutError from error

    def expire(self) -> None:
        """Interrupt the task at what it waits for."""
        if not self._expired and self._task is not None:
            self._expired = True
            self._task.cancel()
