"""Waiting for company: on a slow disk, who was just answered comes back before the next COMMIT begins without them.

When a group is answered, its tills send their next sales, and the first of those is here a moment before the others.
To commit it alone costs it nothing on a fast disk. On a slow one the others then wait through a whole COMMIT for one
sale, and every other COMMIT is such a one. So after a slow COMMIT of several commands the writer lets the queue fill,
for as long as it does fill: it is not a window of time, which would cost every till that has no company.

Where so many come that taking their requests lasts longer than a COMMIT, waiting for all of them leaves the processor
idle during it. They are then taken in halves, and a half is answered as the other's COMMIT begins: while the disk
works for the one, the other's tills are served.
"""

from __future__ import annotations

import time
from collections.abc import Callable

SLOW_SECONDS = 0.004  # a COMMIT this long is worth waiting for; faster ones are over before the others are here
QUIET_SHARE = 1 / 8  # of the last COMMIT: nobody new for so long, and nobody is waited for any more
LOOKS = 8  # so often in that time the queue is looked at


class Company:
    """Knows the last group, and so who may be on the way."""

    def __init__(
        self, timer: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._timer = timer
        self._sleep = sleep
        self._last = 0
        self._commit_seconds = 0.0
        self._command_seconds = 0.0

    def note(self, commands: int, commit_seconds: float, work_seconds: float = 0.0) -> None:
        """A group of so many commands has been decided and written in `work_seconds`, then committed in so long."""
        self._last = commands
        self._commit_seconds = commit_seconds
        self._command_seconds = work_seconds / commands

    def answer_later(self, queued: int) -> bool:
        """Whether the group just committed should be answered only when the COMMIT of those that wait begins."""
        return queued > 0 and self._too_many(self._last + queued)

    def most(self, queued: int, *, answered: bool) -> int | None:
        """How many to take of so many that wait; None: all. `answered`: the last group is, and may be among them."""
        everybody = max(self._last, queued) if answered else self._last + queued
        return (everybody + 1) // 2 if self._too_many(everybody) else None

    def _too_many(self, commands: int) -> bool:
        """Whether the disk is slow, and yet done before so many are served: serving one costs what deciding it does."""
        return SLOW_SECONDS <= self._commit_seconds < commands * self._command_seconds

    def wait(self, queued: Callable[[], int]) -> None:
        """With one command in hand: return when the others are here, stay away, or as much time as a COMMIT is over."""
        if self._commit_seconds < SLOW_SECONDS:
            return
        wanted, here = self._last - 1, queued()
        quiet = self._commit_seconds * QUIET_SHARE
        begun = changed = self._timer()
        while here < wanted:
            self._sleep(quiet / LOOKS)
            now, before, here = self._timer(), here, queued()
            if here != before:
                changed = now
            if now - changed >= quiet or now - begun >= self._commit_seconds:
                return
