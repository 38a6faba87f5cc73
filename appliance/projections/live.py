"""Folding each group of the writer into the live tables, in the group's own transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from appliance.application.ports import Recorded
from appliance.projections import registry, states
from appliance.projections.base import Opener, Projection


class LiveFold:
    """What the writer calls with a group's events; belongs to the writer thread.

    Only projections whose tables are up to date are folded. Call `reread` when a rebuild swapped one in: the next
    fold then asks the database, so it is right whether or not that swap was committed. It does so as well where the
    events do not follow on those folded last: that group was rolled back, and what projections remember of it is void.
    """

    def __init__(self, opener: Opener, projections: Iterable[type[Projection]] = registry.PROJECTIONS) -> None:
        self._opener = opener
        self._projections = tuple(projections)
        self._wanting: registry.Dispatch = {}
        self._known = False
        self._next = 0

    def __call__(self, db: sqlite3.Connection, events: Sequence[Recorded]) -> None:
        """Fold the events, which follow on the last ones, into every live projection."""
        if not self._known or events[0].position != self._next:
            self._ask(db)
        self._next = events[-1].position + 1
        registry.fold(db, self._wanting, events, self._opener)

    def reread(self) -> None:
        """Ask the database again, at the next fold, which projections are live, and forget what they remember."""
        self._known = False

    def _ask(self, db: sqlite3.Connection) -> None:
        live = registry.live(states.folded(db, self._projections))
        for projection in live:
            projection.remember()
        self._wanting = registry.dispatch(live)
        self._known = True
