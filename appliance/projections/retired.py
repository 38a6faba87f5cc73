"""Tables that nobody reads any more, emptied and dropped in slices: dropping a large one at once would stop selling."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping

from appliance.projections import states as kept
from appliance.projections.base import Database, Projection
from appliance.projections.fts import is_fts
from appliance.projections.states import State

SHADOW = "__shadow"
OLD = "__old"

ROWS_A_BATCH = 256  # a few milliseconds of deleting, with the indexes that go along

# Of a full-text table's own tables, those that grow with it: their keys, and which rows may go. Without its settings
# and its first two blocks (averages and structure) it cannot be opened any more, and so not dropped.
_FTS_PARTS: Mapping[str, tuple[str, str]] = {
    "data": ("id", "id > 10"),
    "idx": ("segid, term", "true"),
    "content": ("id", "true"),
    "docsize": ("id", "true"),
}


def retired(db: Database, projections: Iterable[type[Projection]], states: Mapping[str, State]) -> list[str]:
    """The projections' tables that were swapped out, and those of shadows that were given up."""
    names = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    found = []
    for each in projections:
        state = states.get(each.name)
        wanted = state is not None and state.shadow_position is not None and state.shadow_version == each.version
        for suffix in (OLD,) if wanted else (OLD, SHADOW):
            found += [table + suffix for table in each.tables if table + suffix in names]
    return found


class Retire:
    """Drops the named tables, a batch of rows at a time."""

    def __init__(self, tables: Iterable[str], timer: Callable[[], float] = time.perf_counter) -> None:
        self._tables = list(tables)
        self._timer = timer

    def step(self, db: sqlite3.Connection, budget_s: float) -> bool:
        """Work for about so many seconds in the open transaction; True when all are gone."""
        deadline = self._timer() + budget_s
        while self._tables:
            table = self._tables[0]
            if not _thin_out(db, table):
                db.execute(f"DROP TABLE IF EXISTS {table}")
                self._tables.pop(0)
            if self._timer() >= deadline:
                break
        return not self._tables


class Sweep:
    """Drops what broken-off rebuilds have left behind; looks anew at each step, for one may begin between two."""

    def __init__(self, projections: Iterable[type[Projection]], timer: Callable[[], float] = time.perf_counter) -> None:
        self._projections = tuple(projections)
        self._timer = timer

    def step(self, db: sqlite3.Connection, budget_s: float) -> bool:
        """Work for about so many seconds in the open transaction; True when there is nothing left behind."""
        return Retire(retired(db, self._projections, kept.read(db)), self._timer).step(db, budget_s)


def _thin_out(db: sqlite3.Connection, table: str) -> bool:
    """Delete a batch of rows; False when there were none, or somebody else has dropped the table meanwhile."""
    found = db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    if found is None:
        return False
    (statement,) = found
    if is_fts(statement):
        return any(_delete(db, f"{table}_{part}", key, which) for part, (key, which) in _FTS_PARTS.items())
    info = db.execute(f"PRAGMA table_info({table})").fetchall()
    return _delete(db, table, ", ".join(row[1] for row in info if row[5]), "true")


def _delete(db: sqlite3.Connection, table: str, key: str, which: str) -> bool:
    sql = f"DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {which} LIMIT {ROWS_A_BATCH})"
    return db.execute(sql).rowcount > 0
