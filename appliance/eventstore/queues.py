"""What waits for the writer: tills first, and behind them what nobody at a till waits for.

Steps of orders, claims and counts are many small transactions. Each of them alone costs a COMMIT that a sale may find
in its way. While the store sells they wait a moment for the next sale and go along with it, a few at a time; while it
does not, they are taken at once.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

from appliance.eventstore.jobs import Job

LINGER_SECONDS = 0.005  # so long what is behind waits for a sale to go along with, where one is expected sooner
PACE = 0.2  # how much the last gap between two sales says about the next
ALONG, BETWEEN = 2, 4  # of those behind go with a group of tills, and in one between two: they make a sale wait longer
SHARE_ALONG, SHARE_BETWEEN = 64, 32  # or such a part of all that wait behind: who is many must not wait for ever
MOST_ALONE = 64  # go at once while the store does not sell: a sale may come meanwhile
SELLING_SECONDS = 1.0  # so long after a sale the store is taken to be selling


class Queues:
    """Filled from any thread, emptied by the writer's."""

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._first: SimpleQueue[Job | None] = SimpleQueue()
        self._behind: SimpleQueue[Job] = SimpleQueue()
        self._sold_at = -math.inf  # nothing has been sold yet
        self._gap = 1.0
        self._lingers_until = 0.0

    def put(self, job: Job | None) -> None:
        """Queue a job; None only wakes the writer."""
        if job is not None and job.behind:
            self._behind.put(job)
            self._first.put(None)
        else:
            self._first.put(job)

    def qsize(self) -> int:
        """How many wait; those that only wake are counted as well, for a moment."""
        return self._first.qsize() + self._behind.qsize()

    def ahead(self) -> int:
        """How many wait that somebody at a till waits for."""
        return self._first.qsize()

    @property
    def selling(self) -> bool:
        """Whether somebody at a till has been served a moment ago."""
        return self._timer() - self._sold_at < SELLING_SECONDS

    def empty(self) -> bool:
        """Whether nothing waits."""
        return self._first.empty() and self._behind.empty()

    def first(self, *, block: bool, timeout: float | None, linger: bool) -> Job | None:
        """A till's job, or None where there is another reason to look. Raises Empty at the timeout."""
        while True:
            behind = not self._behind.empty()
            left = self._left(linger=linger) if behind else 0.0
            if behind and left <= 0:
                return self._nowait()
            try:
                job = self._first.get(block=block, timeout=left if behind else timeout)
            except Empty:
                if not behind or not block:
                    raise
                continue
            if job is not None or self._behind.empty():
                return self._noted(job)

    def rest(self, jobs: list[Job], most: int) -> None:
        """Fill up with what is here now: tills first, then a few of those behind; all of them where no till waits."""
        while len(jobs) < most and (job := self._nowait()) is not None:
            jobs.append(job)
        most = min(most, len(jobs) + self._most_behind(with_tills=bool(jobs)))
        while len(jobs) < most:
            try:
                jobs.append(self._behind.get_nowait())
            except Empty:
                break
        self._lingers_until = 0.0

    def drain(self) -> list[Job]:
        """All that is left."""
        left: list[Job] = []
        while (job := self._nowait()) is not None:
            left.append(job)
        while not self._behind.empty():
            left.append(self._behind.get_nowait())
        return left

    def _most_behind(self, *, with_tills: bool) -> int:
        waiting = self._behind.qsize()
        if with_tills:
            return max(ALONG, waiting // SHARE_ALONG)
        if self.selling:
            return max(BETWEEN, waiting // SHARE_BETWEEN)
        return MOST_ALONE

    def _left(self, *, linger: bool) -> float:
        """How long those behind should wait on."""
        now = self._timer()
        if not linger or self._gap > LINGER_SECONDS or now - self._sold_at > LINGER_SECONDS:
            return 0.0
        if not self._lingers_until:
            self._lingers_until = now + LINGER_SECONDS
        return self._lingers_until - now

    def _nowait(self) -> Job | None:
        while True:
            try:
                job = self._first.get_nowait()
            except Empty:
                return None
            if job is not None:
                return self._noted(job)

    def _noted(self, job: Job | None) -> Job | None:
        if job is not None and job.foreseen is not None:  # a command of somebody's: the watchdog's look is no sale
            now = self._timer()
            self._gap += PACE * (min(now - self._sold_at, 1.0) - self._gap)
            self._sold_at = now
        return job
