"""Waiting for something to become true, without guessing how long it takes."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Short enough that a test loses no time, long enough that the thing waited for gets the core.
PAUSE_SECONDS = 0.01


def wait_until(predicate: Callable[[], T], deadline_s: float = 10.0) -> T:
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
