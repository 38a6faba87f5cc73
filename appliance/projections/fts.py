"""Full-text tables: whether an index says what its rows say, and ridding it of words that were deleted."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable

from appliance.projections.base import Database, Projection

MERGE_PAGES = 32  # some 130 KiB of index: well under a slice's budget on a slow disk
NOTHING_MERGED = 2  # a merge that found nothing to do still counts as one change


def is_fts(statement: str) -> bool:
    """Whether a table's CREATE statement makes a full-text table."""
    return statement.startswith("CREATE VIRTUAL TABLE")


def fts_tables(projections: Iterable[Projection]) -> tuple[str, ...]:
    """The physical names of the full-text tables."""
    return tuple(each.t(table) for each in projections for table, statement in each.tables.items() if is_fts(statement))


def is_sound(db: Database, table: str) -> bool:
    """Whether the index agrees with its rows. It takes a connection that may write, though it writes nothing."""
    try:
        db.execute(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")
    except sqlite3.DatabaseError:
        return False
    return True


class Optimize:
    """Merges indexes until no deleted word is left in them, in slices: what an erasure owes, and a swap.

    A deleted row's words stay in the file until the parts of the index they stand in have been merged.
    """

    def __init__(self, tables: Iterable[str], timer: Callable[[], float] = time.perf_counter) -> None:
        self._tables = list(tables)
        self._begun = False
        self._timer = timer

    def step(self, db: sqlite3.Connection, budget_s: float) -> bool:
        """Merge for at most so many seconds in the open transaction; True when all is done."""
        deadline = self._timer() + budget_s
        while self._tables:
            if self._merge(db, self._tables[0]):
                self._tables.pop(0)
                self._begun = False
            if self._timer() >= deadline:
                break
        return not self._tables

    def _merge(self, db: sqlite3.Connection, table: str) -> bool:
        # The first, negative, call makes everything one input; those that follow carry the merge on.
        pages = MERGE_PAGES if self._begun else -MERGE_PAGES
        before = db.total_changes
        db.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)", (pages,))
        begun, self._begun = self._begun, True
        return begun and db.total_changes - before < NOTHING_MERGED
