"""A circuit breaker for coroutines: what fails again and again is left alone for a while, then tried by one call.

Closed, every call passes and the failures in a row are counted. Open, none passes. When `open_s` have gone by it is
half-open: one call at a time is let through as a probe; two that succeed close it, one that fails opens it again.

Everything here runs on one event loop and awaits nothing between looking and noting, so no lock is needed. What a call
reports counts only in the era it began in: an answer that comes in after the breaker has changed says nothing about
now. A call that is cancelled says nothing either; it only gives its place as a probe back.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

FAILURES_TO_OPEN = 5
SUCCESSES_TO_CLOSE = 2
OPEN_SECONDS = 30.0
PROBING_SECONDS = 1.0  # when to look again while another call probes


class State(enum.Enum):
    """How far a breaker trusts what is behind it; the value is the metric's."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


@dataclass(eq=False)
class BreakerOpen(Exception):
    """The call was not let through; another look makes sense after `retry_after_s`."""

    retry_after_s: float


def _every_error(error: Exception) -> bool:
    del error
    return True


class Breaker:
    """One breaker around one thing that can fail; `is_failure` tells its failures from its refusals."""

    def __init__(
        self,
        *,
        is_failure: Callable[[Exception], bool] = _every_error,
        clock: Callable[[], float] = time.monotonic,
        open_s: float = OPEN_SECONDS,
    ) -> None:
        self._is_failure = is_failure
        self._clock = clock
        self._open_s = open_s
        self._state = State.CLOSED
        self._era = 0
        self._in_a_row = 0  # failures while closed, successes while half-open
        self._probing = False
        self._opened_at = 0.0
        self.opened = 0  # how often, ever

    @property
    def state(self) -> State:
        """As it stands now; an open breaker becomes half-open by the mere passing of time."""
        if self._state is State.OPEN and self._clock() - self._opened_at >= self._open_s:
            self._become(State.HALF_OPEN)
        return self._state

    @property
    def retry_after_s(self) -> float:
        """When a call has a chance to pass; 0 where it would now."""
        match self.state:
            case State.OPEN:
                return self._opened_at + self._open_s - self._clock()
            case State.HALF_OPEN if self._probing:
                return PROBING_SECONDS
            case _:
                return 0.0

    def check(self) -> None:
        """Raise BreakerOpen where a call would not pass now; takes no place."""
        if (wait := self.retry_after_s) > 0:
            raise BreakerOpen(wait)

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do the work if it may pass, and learn from how it ends. Raises BreakerOpen where it may not."""
        self.check()
        era = self._era
        self._probing = self._state is State.HALF_OPEN
        try:
            answer = await work()
        except BaseException as error:
            self._end_badly(era, error)
            raise
        self._learn(era, failed=False)
        return answer

    def _end_badly(self, era: int, error: BaseException) -> None:
        if isinstance(error, Exception):
            self._learn(era, failed=self._is_failure(error))
        elif era == self._era:
            self._probing = False

    def _learn(self, era: int, *, failed: bool) -> None:
        if era != self._era:
            return
        self._probing = False
        match self._state, failed:
            case State.CLOSED, True:
                self._in_a_row += 1
                if self._in_a_row >= FAILURES_TO_OPEN:
                    self._open()
            case State.CLOSED, False:
                self._in_a_row = 0
            case State.HALF_OPEN, True:
                self._open()
            case State.HALF_OPEN, False:
                self._in_a_row += 1
                if self._in_a_row >= SUCCESSES_TO_CLOSE:
                    self._become(State.CLOSED)

    def _open(self) -> None:
        self.opened += 1
        self._opened_at = self._clock()
        self._become(State.OPEN)

    def _become(self, state: State) -> None:
        self._state = state
        self._era += 1
        self._in_a_row = 0
        self._probing = False
