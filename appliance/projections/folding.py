"""Folding stretches of the log into tables beside the live ones: for a rebuild, and for what a scrub compares with."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence

import msgspec

from appliance.application.ports import Recorded
from appliance.errors import LogDamaged
from appliance.eventstore import codec, skim
from appliance.projections import registry
from appliance.projections.base import Opener, Projection

FIRST_BATCH = 16  # before anything was measured
MAX_BATCH = 1_000  # beyond that folding gains little, and a decoded sale takes some 20 KiB
WEIGHT_OF_NEWS = 0.3  # how fast the measured rate follows: one slow batch must not halve the next ones


class LogFold:
    """Folds the log into one set of projection instances, in batches that fit the time it is given.

    `taken` gathers the classes of the events folded, until somebody clears it.
    """

    def __init__(
        self, projections: Iterable[Projection], opener: Opener, timer: Callable[[], float] = time.perf_counter
    ) -> None:
        self._wanting = registry.dispatch(projections)
        self._opener = opener
        self._timer = timer
        self._seconds_an_event: float | None = None
        self.taken: set[type] = set()
        types = ", ".join(sorted(f"'{codec.NAMES[wanted]}'" for wanted in self._wanting))
        # A record that nobody wants is not even read: most of the log's bytes are sales.
        self._scan = (
            f"SELECT position, type, CASE WHEN type IN ({types}) THEN CAST(record AS BLOB) END"
            " FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"
        )

    def fold(
        self, source: sqlite3.Connection, target: sqlite3.Connection, after: int, until: int, budget_s: float
    ) -> int:
        """Fold on from `after`, at most to `until`, for about so long; answers the last position folded.

        At least one batch is folded, so that it ends however small the budget. Raises LogDamaged at a record that
        cannot be read.
        """
        deadline = self._timer() + budget_s
        while after < until:
            begun = self._timer()
            rows = source.execute(self._scan, (after, until, self._batch(deadline - begun))).fetchall()
            if not rows:
                detail = f"Position {after + 1} is missing from the log."
                raise LogDamaged(detail, position=after + 1)
            events = _decoded(rows)
            registry.fold(target, self._wanting, events, self._opener)
            self.taken.update([type(each.event) for each in events])
            after = rows[-1][0]
            now = self._timer()
            self._learn((now - begun) / len(rows))
            if now >= deadline:
                break
        return after

    def _batch(self, seconds: float) -> int:
        if self._seconds_an_event is None:
            return FIRST_BATCH
        return max(1, min(MAX_BATCH, int(seconds / self._seconds_an_event)))

    def _learn(self, seconds: float) -> None:
        known = self._seconds_an_event
        self._seconds_an_event = seconds if known is None else known + WEIGHT_OF_NEWS * (seconds - known)


def _decoded(rows: Sequence[tuple[int, str, bytes | None]]) -> list[Recorded]:
    return [_decode(position, name, record) for position, name, record in rows if record is not None]


def _decode(position: int, name: str, record: bytes) -> Recorded:
    try:
        return skim.decode(name, record)
    except (msgspec.MsgspecError, UnicodeDecodeError, codec.UnknownEvent) as error:
        detail = f"The record at position {position} cannot be read: {error}."
        raise LogDamaged(detail, position=position) from error
