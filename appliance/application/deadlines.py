"""Deadlines that cost next to nothing: one look a second over all that are running, instead of a timer for each.

A timer a request is a tenth of what a till's sale costs the event loop. These deadlines are for what should never
happen, so that one ends up to a second late does not matter.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine, Generator
from types import TracebackType, coroutine
from typing import Any, TypeVar

T = TypeVar("T")

LOOK_SECONDS = 1.0


class Deadlines:
    """The deadlines of one event loop."""

    def __init__(self) -> None:
        self._running: set[Within] = set()
        self._due: dict[asyncio.Future[Any], float] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    async def answer(self, future: asyncio.Future[T], seconds: float) -> T:
        """The future's result; TimeoutError, which ends the future too, once so many seconds have passed."""
        self._due[future] = self._looked_after() + seconds
        try:
            return await future
        finally:
            del self._due[future]

    def begun(self, work: Coroutine[Any, Any, T], seconds: float) -> Awaitable[T]:
        """`work`, with a deadline only where it waits for something; what is there already costs nothing more."""
        return _begun(self, work, seconds)

    def within(self, seconds: float) -> Within:
        """`with deadlines.within(10): await ...` raises TimeoutError once so many seconds have passed."""
        return Within(self, seconds)

    def watch(self, running: Within) -> float:
        """Begin to look after one; answers the present time of its loop."""
        self._running.add(running)
        return self._looked_after()

    def _looked_after(self) -> float:
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
        if loop is None or not (self._running or self._due):
            return
        now = loop.time()
        for future in [future for future, due in self._due.items() if due <= now and not future.done()]:
            future.set_exception(TimeoutError())
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


@coroutine
def _begun(deadlines: Deadlines, work: Coroutine[Any, Any, T], seconds: float) -> Generator[Any, Any, T]:
    try:
        wanted = work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    with deadlines.within(seconds):
        result = yield from _Resumed(work, wanted)
        return result


class _Resumed:
    """A coroutine that was begun by hand, from the first thing it waits for: for `yield from`."""

    def __init__(self, work: Coroutine[Any, Any, Any], wanted: Any) -> None:
        self._work = work
        self._first = [wanted]
        self.throw = work.throw
        self.close = work.close

    def __iter__(self) -> _Resumed:
        return self

    def __next__(self) -> Any:
        return self.send(None)

    def send(self, given: Any) -> Any:
        return self._first.pop() if self._first else self._work.send(given)
