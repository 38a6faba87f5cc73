"""Slow work in slices on the writer thread: a rebuild or an erasure goes on between the groups of a selling store."""

from __future__ import annotations

import concurrent.futures
import sqlite3
from collections.abc import Callable

IDLE_BUDGET_SECONDS = 0.010  # a sale that comes now waits no longer than this
BUSY_BUDGET_SECONDS = 0.002  # while sales are coming in: their wait matters more than the rebuild's end

MAX_PASSED = 20  # groups that may go first in a row, so that slow work ends some day under any load

Slice = Callable[[sqlite3.Connection, float], bool]
"""Does work for at most so many seconds in the open transaction; True when all is done."""


class Step:
    """A background work and its end."""

    def __init__(self, work: Slice, *, transactional: bool = True) -> None:
        self.work = work
        self.transactional = transactional  # False for what SQLite refuses inside a transaction: a checkpoint
        self.done: concurrent.futures.Future[None] = concurrent.futures.Future()

    def cancel(self) -> None:
        """Let no further slice run."""
        self.done.cancel()


class Background:
    """The slow works under way; each slice is a transaction of its own."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._passed = 0

    @property
    def due(self) -> bool:
        """Whether there is slow work to go on with."""
        return bool(self._steps)

    def add(self, step: Step) -> None:
        """Queue a work behind those under way; callable from any thread."""
        self._steps.append(step)

    def run(self, db: sqlite3.Connection, *, busy: bool, queued: int) -> bool:
        """Run one slice of the first work unless commands wait; True if it wrote.

        A work's own error ends that work and is told to its owner; an error of the disk is raised.
        """
        while self._steps and self._steps[0].done.cancelled():
            self._steps.pop(0)
        if not self._steps:
            return False
        if queued and self._passed < MAX_PASSED:
            self._passed += 1
            return False
        self._passed = 0
        return self._slice(db, self._steps[0], BUSY_BUDGET_SECONDS if busy else IDLE_BUDGET_SECONDS)

    def stop(self, error: Exception) -> None:
        """End what is left, the store being about to end: the owners are told."""
        while self._steps:
            _settle(self._steps.pop(0).done, error)

    def _slice(self, db: sqlite3.Connection, step: Step, budget_s: float) -> bool:
        try:
            if step.transactional:
                db.execute("BEGIN IMMEDIATE")
            finished = step.work(db, budget_s)
            if step.transactional:
                db.execute("COMMIT")
        except Exception as error:  # noqa: BLE001  whatever broke the work belongs to its owner, not to selling
            self._fail(db, step, error)
            return False
        if finished:
            self._steps.remove(step)
            _settle(step.done, None)
        return True

    def _fail(self, db: sqlite3.Connection, step: Step, error: Exception) -> None:
        if db.in_transaction:
            db.execute("ROLLBACK")
        self._steps.remove(step)
        _settle(step.done, error)
        if (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF == sqlite3.SQLITE_IOERR:
            raise error


def _settle(done: concurrent.futures.Future[None], error: Exception | None) -> None:
    if done.set_running_or_notify_cancel():
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
