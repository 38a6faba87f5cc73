"""Looking for damage while selling goes on: the chain from end to end, and every view against a fresh fold.

A disk may change what it keeps without a word. The scrub reads everything once in a stated period, in slices of one
short read each; the same slices, one after the other, are what `backroom verify` runs. It only reports: what to do
about a finding is for its caller.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from appliance.errors import LogDamaged
from appliance.projections import states
from appliance.projections.base import Opener, Projection
from appliance.projections.chain_walk import Bad, ChainWalk
from appliance.projections.compare import Comparison, Difference, Row, comparisons, raw_text, readable
from appliance.projections.registry import PROJECTIONS, live
from appliance.projections.scratch import Scratch

ROWS_A_STRETCH = 500
DIFFERENCES_KEPT = 100  # a projection; past that the count says enough
MAX_PAUSE_SECONDS = 60.0  # so that a stop or a changed period is noticed

# What a fold may stumble over when the log it reads has been changed.
_STUMBLES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, sqlite3.DatabaseError)


@dataclass(slots=True)
class Findings:
    """What is wrong with one projection: how many rows, and the first of them."""

    count: int = 0
    rows: list[Difference] = field(default_factory=list)

    def add(self, difference: Difference) -> None:
        """Count it, and keep it in readable form while there are few."""
        self.count += 1
        if len(self.rows) < DIFFERENCES_KEPT:
            key = readable(difference.key) or ()
            self.rows.append(
                Difference(difference.table, key, readable(difference.live), readable(difference.expected))
            )


@dataclass(slots=True)
class Report:
    """What a scrub has found so far."""

    position: int = 0  # up to where the log was walked
    bad: Bad | None = None  # the log's first bad position
    differing: dict[str, Findings] = field(default_factory=dict)  # by projection; only those that differ
    unreadable: dict[str, str] = field(default_factory=dict)  # projections whose tables cannot be read, and why
    unfolded: str | None = None  # why no fresh fold could be made to compare with
    skipped: tuple[str, ...] = ()  # projections that were being rebuilt

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.bad or self.differing or self.unreadable or self.unfolded)


@dataclass(slots=True)
class _Task:
    """The comparison of one table, as far as it has come."""

    projection: str
    comparison: Comparison
    after: Row | None = None
    suspects: frozenset[Row] | None = None
    suspected_in: int = 0  # the slice they were seen in


class ProjectionScrub:
    """Compares live tables with a fresh fold of the very log they were read beside."""

    def __init__(
        self,
        path: Path,
        opener: Opener,
        report: Report,
        projections: Iterable[type[Projection]] = PROJECTIONS,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._timer = timer
        self._report = report
        self._instances = live(projections)
        self._scratch = Scratch(path, self._instances, opener, timer)
        self._tasks = [
            _Task(each.name, comparison)
            for each in self._instances
            for comparison in comparisons(self._scratch.db, each)
        ]
        self._total = len(self._tasks)
        self._head = 0
        self._slices = 0

    @property
    def fraction(self) -> float:
        """How much is done, folding and comparing taken as half each."""
        folded = self._scratch.position / self._head if self._head else 0.0
        compared = 1 - len(self._tasks) / self._total if self._total else 1.0
        return (folded + compared) / 2

    def slice(self, db: sqlite3.Connection, budget_s: float) -> bool:
        """Go on for about so many seconds, in one read of the store; True when all is compared."""
        deadline = self._timer() + budget_s
        self._slices += 1
        db.execute("BEGIN")
        try:
            return self._go_on(db, deadline)
        except LogDamaged as damage:
            self._report.unfolded = damage.detail
        except _STUMBLES as error:
            self._report.unfolded = f"folding past position {self._scratch.position} failed: {error!r}"
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")
        return True

    def close(self) -> None:
        """Give the scratch database back."""
        self._scratch.close()

    def _go_on(self, db: sqlite3.Connection, deadline: float) -> bool:
        self._head = states.head(db)
        if not self._scratch.catch_up(db, self._head, deadline - self._timer()):
            return False
        self._skip(db)
        with raw_text(db, self._scratch.db):
            while (task := self._due()) is not None:
                self._compare(db, task)
                if self._timer() >= deadline:
                    break
        return not self._tasks

    def _due(self) -> _Task | None:
        """A comparison to go on with; one that this slice has found suspect is for the next.

        A customer may just have been erased whose row this slice's read still shows, though the key is gone already.
        """
        return next((task for task in self._tasks if task.suspected_in != self._slices), None)

    def _skip(self, db: sqlite3.Connection) -> None:
        """Leave out what is being rebuilt now: its tables are known to be wrong."""
        names = {each.name for each in states.folded(db, map(type, self._instances))}
        gone = {task.projection for task in self._tasks} - names
        if gone:
            self._report.skipped = tuple(sorted({*self._report.skipped, *gone}))
            self._tasks = [task for task in self._tasks if task.projection in names]

    def _compare(self, db: sqlite3.Connection, task: _Task) -> None:
        try:
            stretch = task.comparison.stretch(db, self._scratch.db, task.after, ROWS_A_STRETCH)
        except sqlite3.DatabaseError as error:
            self._report.unreadable.setdefault(task.projection, f"{task.comparison.table}: {error}")
            self._tasks.remove(task)
            return
        if stretch.differences and task.suspects is None:
            task.suspects = frozenset(each.key for each in stretch.differences)
            task.suspected_in = self._slices
            return
        for each in stretch.differences:
            if each.key in (task.suspects or ()):
                self._report.differing.setdefault(task.projection, Findings()).add(each)
        task.after, task.suspects = stretch.until, None
        if stretch.until is None:
            self._tasks.remove(task)


class Scrub:
    """The whole of it: first the chain, then the projections. Close it, finished or not."""

    def __init__(
        self,
        scratch: Path,
        opener: Opener,
        projections: Iterable[type[Projection]] = PROJECTIONS,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.report = Report()
        self._chain = ChainWalk(timer)
        self._walked = False
        self._projections = ProjectionScrub(scratch, opener, self.report, projections, timer)

    @property
    def fraction(self) -> float:
        """How much of the work is done; the chain is taken for a third of it."""
        walked = 1.0 if self._walked else self._chain.position / max(self._chain.head, 1)
        return (walked + 2 * self._projections.fraction) / 3

    def slice(self, db: sqlite3.Connection, budget_s: float) -> bool:
        """Go on for about so many seconds on a connection that only reads; True when all has been looked at."""
        if self._walked:
            return self._projections.slice(db, budget_s)
        self._walked = self._chain.slice(db, budget_s)
        self.report.position, self.report.bad = self._chain.position, self._chain.bad
        return False

    def close(self) -> None:
        """Give the scratch database back."""
        self._projections.close()


def pause(fraction: float, elapsed_s: float, spent_s: float, period_s: float) -> float:
    """How long to wait before the next slice, so that the work spreads over the period.

    `fraction` is how much is done after `elapsed_s`, the last slice having taken `spent_s`. Whoever is behind waits
    as long as the slice took: a scrub never takes more than half of a core.
    """
    ahead = fraction * period_s - elapsed_s
    return min(max(ahead, spent_s), MAX_PAUSE_SECONDS)
