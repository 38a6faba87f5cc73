"""Waiting for something to become true, without guessing how long it takes."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

# Short enough that a test loses no time, long enough that the thing waited for gets the core.
PAUSE_SECONDS = 0.01


def wait_until(predicate: Callable[[], T], deadline_s: float = 30.0) -> T:
    """Return the first truthy answer of `predicate`; fail the test when the deadline passes without one."""
    deadline = time.monotonic() + deadline_s
    while True:
        answer = predicate()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            name = getattr(predicate, "__qualname__", repr(predicate))
            raise AssertionError(f"{name} was not true within {deadline_s} s; last answer: {answer!r}")
        time.sleep(PAUSE_SECONDS)


async def settled(happened: Callable[[], Awaitable[bool]], deadline_s: float = 40.0) -> None:
    """Return once `happened` answers True, asked on the event loop; TimeoutError at the deadline."""
    async with asyncio.timeout(deadline_s):
        while not await happened():  # noqa: ASYNC110  what is waited for tells nobody when it happens
            await asyncio.sleep(PAUSE_SECONDS)
