"""Rebuilding projections from the log while selling goes on.

Shadow tables are filled in slices, catch up with the log, and take the live tables' names in one step. Until then the
live tables serve as before and are folded into as before; a shadow reads the log and nothing else. How far it has come
stands in the database, so a rebuild that a crash or stop breaks off goes on where it stood, and one that is cancelled
leaves only tables to be dropped.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from appliance.eventstore.clock import Clock, rfc3339
from appliance.projections import states
from appliance.projections.base import Opener, Projection
from appliance.projections.folding import LogFold
from appliance.projections.fts import Optimize, fts_tables
from appliance.projections.registry import PROJECTIONS, by_name, create_tables
from appliance.projections.renaming import physical_names, rename_tables
from appliance.projections.retired import OLD, SHADOW, Retire, retired

Swapped = Callable[[str], None]
"""Told the name of a projection whose shadow became live; `LiveFold.reread` needs to know."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the rebuild of one projection has come."""

    name: str
    position: int
    head: int
    fraction: float
    eta_s: float | None  # unknown before anything was measured


class Rebuilder:
    """Makes rebuild jobs; holds what they all need."""

    def __init__(
        self,
        opener: Opener,
        clock: Clock,
        swapped: Swapped,
        projections: Iterable[type[Projection]] = PROJECTIONS,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._known = by_name(projections)
        self._opener = opener
        self._clock = clock
        self._swapped = swapped
        self._timer = timer

    @property
    def names(self) -> tuple[str, ...]:
        """Every projection that can be rebuilt."""
        return tuple(self._known)

    def job(self, names: Iterable[str]) -> RebuildJob:
        """A job for the named projections; an unfinished rebuild goes on. Raises KeyError for an unknown name."""
        wanted = [self._known[name] for name in names]
        return RebuildJob(wanted, self._opener, self._clock, self._swapped, self._timer)


class RebuildJob:
    """One rebuild of one or more projections; all that stand at the same position share one reading of the log.

    `step` belongs to the writer thread and one step to one transaction. Where a step or its commit fails, the job is
    over: a new one for the same names goes on from the last commit. `cancel` and `progress` are for any thread.
    """

    def __init__(
        self,
        projections: Sequence[type[Projection]],
        opener: Opener,
        clock: Clock,
        swapped: Swapped,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._projections = tuple(projections)
        self._opener = opener
        self._clock = clock
        self._swapped = swapped
        self._timer = timer
        self._pending = {each.name: each for each in projections}
        self._begun: set[str] = set()
        self._folds: dict[tuple[str, ...], LogFold] = {}
        self._retire: Retire | None = None
        self._optimize: Optimize | None = None
        self._cancelled = False
        self._waits = False  # nothing more can, or should, be done in this transaction
        self._meter = _Meter(timer)
        self._progress: tuple[Progress, ...] = ()

    @property
    def progress(self) -> tuple[Progress, ...]:
        """How far each projection was after the last step."""
        return self._progress

    @property
    def swapped(self) -> bool:
        """Whether all new tables are live; what is left is clearing the old ones away."""
        return not self._pending

    @property
    def cancelled(self) -> bool:
        """Whether it was told to give up."""
        return self._cancelled

    def cancel(self) -> None:
        """Give up: the steps still to come drop the shadows, and the live tables stay as they are."""
        self._cancelled = True

    def step(self, db: sqlite3.Connection, budget_s: float) -> bool:
        """Work for about so many seconds in the open transaction; True when the rebuild is finished or given up."""
        deadline = self._timer() + budget_s
        for fold in self._folds.values():
            fold.taken.clear()
        if self._cancelled:
            self._abandon(db)
        while True:
            finished = self._work(db, deadline - self._timer())
            if finished or self._waits or self._timer() >= deadline:
                self._waits = False
                return finished

    def _work(self, db: sqlite3.Connection, budget_s: float) -> bool:
        """One piece of work of whatever is due next; True when nothing is."""
        if self._retire is None:
            self._retire = Retire(retired(db, self._projections, states.read(db)), self._timer)
        if not self._retire.step(db, budget_s):
            return False
        if self._pending:
            self._build(db, budget_s)
            return False
        if self._optimize is None:
            # The words of a customer erased while the shadow was being filled may still stand in it.
            self._optimize = Optimize(fts_tables(each() for each in self._projections), self._timer)
        return self._optimize.step(db, budget_s)

    def _abandon(self, db: sqlite3.Connection) -> None:
        if not self._pending:
            return
        now = rfc3339(self._clock())
        for each in self._pending.values():
            states.abandon_shadow(db, each, now)
        self._pending.clear()
        self._retire = None

    def _build(self, db: sqlite3.Connection, budget_s: float) -> None:
        found = states.read(db)
        fresh = [each for each in self._pending.values() if each.name not in self._begun]
        if fresh:
            for each in fresh:
                self._begin(db, each, found[each.name])
            return
        at = {name: found[name].shadow_position or 0 for name in self._pending}
        head = states.head(db)
        lowest = min(at.values())
        group = tuple(name for name in self._pending if at[name] == lowest)
        until = min((position for position in at.values() if position > lowest), default=head)
        reached = lowest
        if lowest < until:
            reached = self._fold_for(group).fold(db, db, lowest, until, budget_s)
            states.advance_shadows(db, group, reached)
            at.update(dict.fromkeys(group, reached))
        self._progress = self._meter.read(at, head)
        if reached == head:
            self._swap_one(db, group)

    def _begin(self, db: sqlite3.Connection, projection: type[Projection], state: states.State) -> None:
        self._begun.add(projection.name)
        if state.shadow_position is not None and state.shadow_version == projection.version:
            return  # an unfinished rebuild goes on
        create_tables(db, projection(SHADOW), state.generation + 1)
        states.begin_shadow(db, projection, rfc3339(self._clock()))

    def _fold_for(self, names: tuple[str, ...]) -> LogFold:
        fold = self._folds.get(names)
        if fold is None:
            instances = [self._pending[name](SHADOW) for name in names]
            fold = self._folds[names] = LogFold(instances, self._opener, self._timer)
        return fold

    def _swap_one(self, db: sqlite3.Connection, names: Iterable[str]) -> None:
        """Let the first shadow that can be renamed take the live tables' names; the swapped-out ones are dropped later.

        One whose full-text table was written in this transaction cannot, and is renamed in the next.
        """
        taken = set[type]().union(*(fold.taken for fold in self._folds.values()))
        able = (
            each
            for each in (self._pending[name] for name in names)
            if not (each.handles & taken and fts_tables([each()]))
        )
        projection = next(able, None)
        if projection is None:
            self._waits = True
            return
        exists = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        shadow, old = physical_names(projection, SHADOW), physical_names(projection, OLD)
        away = {table: name for table, name in old.items() if table in exists}
        rename_tables(db, away | {name: table for table, name in shadow.items()})
        states.swap_in(db, projection.name, rfc3339(self._clock()))
        del self._pending[projection.name]
        if not self._pending:
            self._retire = None  # only now: what waits for its tables comes before what merely takes up room
            self._waits = True  # for the commit that lets everybody see them
        self._swapped(projection.name)


class _Meter:
    """Turns positions into progress, with the rate since the job began."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self._timer = timer
        self._start: tuple[float, int] | None = None

    def read(self, at: dict[str, int], head: int) -> tuple[Progress, ...]:
        now, lowest = self._timer(), min(at.values())
        if self._start is None:
            self._start = (now, lowest)
        began, first = self._start
        rate = (lowest - first) / (now - began) if now > began else 0.0
        return tuple(
            Progress(
                name,
                position,
                head,
                position / head if head else 1.0,
                (head - position) / rate if rate > 0 else None,
            )
            for name, position in at.items()
        )
