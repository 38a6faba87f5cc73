"""Waiting for company: on a slow disk, who was just answered comes back before the next COMMIT begins without them.

When a group is answered, its tills send their next sales, and the first of those is here a moment before the others.
To commit it alone costs it nothing on a fast disk. On a slow one the others then wait through a whole COMMIT for one
sale, and every other COMMIT is such a one. So after a slow COMMIT of several commands the writer lets the queue fill,
for as long as it does fill: it is not a window of time, which would cost every till that has no company.
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
        self._expected = 0
        self._commit_seconds = 0.0

    def note(self, commands: int, commit_seconds: float) -> None:
        """A group of so many commands has been committed, in so long."""
        self._expected = commands
        self._commit_seconds = commit_seconds

    def wait(self, queued: Callable[[], int]) -> None:
        """With one command in hand: return when the others are here, stay away, or as much time as a COMMIT is over."""
        if self._commit_seconds < SLOW_SECONDS:
            return
        wanted, here = self._expected - 1, queued()
        quiet = self._commit_seconds * QUIET_SHARE
        begun = changed = self._timer()
        while here < wanted:
            self._sleep(quiet / LOOKS)
            now, before, here = self._timer(), here, queued()
            if here != before:
                changed = now
            if now - changed >= quiet or now - begun >= self._commit_seconds:
                return
