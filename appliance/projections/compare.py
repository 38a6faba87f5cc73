"""Comparing live tables with a fresh fold, a stretch of keys at a time.

Text is compared as the bytes it is stored as: damaged text may be no UTF-8, and bytes sort in Python exactly as SQLite
sorts text. Both connections must therefore answer text as bytes while this works (`raw_text`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from appliance.projections.base import Projection
from appliance.projections.canonical import Shape, shapes
from appliance.projections.fts import is_fts

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not as the log makes it; `live` or `expected` is None where there is no such row at all."""

    table: str
    key: Row
    live: Row | None
    expected: Row | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a stretch of a table showed, and the key it ended at; None at the table's end."""

    differences: tuple[Difference, ...]
    until: Row | None


class Comparison(Protocol):
    """One table's comparison."""

    table: str

    def stretch(self, live: sqlite3.Connection, fresh: sqlite3.Connection, after: Row | None, limit: int) -> Stretch:
        """Compare about `limit` rows past a key; None begins at the first."""
        ...


def comparisons(db: sqlite3.Connection, projection: Projection) -> list[Comparison]:
    """A comparison for each of the projection's tables; a full-text table gets two: of its rows and of its words."""
    found: list[Comparison] = [Rows(shape) for shape in shapes(db, projection)]
    return found + [Words(projection.t(table)) for table, sql in projection.tables.items() if is_fts(sql)]


@contextmanager
def raw_text(*connections: sqlite3.Connection) -> Iterator[None]:
    """Let the connections answer text as bytes for a while."""
    before = [(db, db.text_factory) for db in connections]
    for db in connections:
        db.text_factory = bytes
    try:
        yield
    finally:
        for db, factory in before:
            db.text_factory = factory


def readable(row: Row | None) -> Row | None:
    """A row read as bytes, in text again; what is no UTF-8 stays visible."""
    if row is None:
        return None
    return tuple(part.decode("utf-8", "backslashreplace") if isinstance(part, bytes) else part for part in row)


class Rows:
    """Compares the rows of a table by its primary key, or by rowid."""

    def __init__(self, shape: Shape) -> None:
        self.table = shape.table
        self._width = len(shape.key)
        marks = ", ".join("CAST(? AS TEXT)" if is_text else "?" for is_text in shape.text_key)
        self._first = f"{shape.select} {shape.order} LIMIT ?"
        self._next = f"{shape.select} WHERE ({', '.join(shape.key)}) > ({marks}) {shape.order} LIMIT ?"

    def stretch(self, live: sqlite3.Connection, fresh: sqlite3.Connection, after: Row | None, limit: int) -> Stretch:
        """Compare up to the last key that both sides were asked for."""
        mine, theirs = self._read(live, after, limit), self._read(fresh, after, limit)
        ends = [side[-1][: self._width] for side in (mine, theirs) if len(side) == limit]
        until = min(ends, key=_order) if ends else None
        return Stretch(tuple(_differing(self.table, self._width, mine, theirs, until)), until)

    def _read(self, db: sqlite3.Connection, after: Row | None, limit: int) -> list[Row]:
        if after is None:
            return db.execute(self._first, (limit,)).fetchall()
        return db.execute(self._next, (*after, limit)).fetchall()


class Words:
    """Compares which words a full-text index has, in which row, column and place; a whole word at a time."""

    def __init__(self, table: str) -> None:
        self.table = table
        self._view = f"{table}__words"

    def stretch(self, live: sqlite3.Connection, fresh: sqlite3.Connection, after: Row | None, limit: int) -> Stretch:
        """Compare words past a word, about `limit` of their occurrences."""
        (mine, mine_end), (theirs, theirs_end) = (self._read(db, after, limit) for db in (live, fresh))
        ends = [end for end in (mine_end, theirs_end) if end is not None]
        until = min(ends) if ends else None
        width = 4  # (word, row, column, place) is all there is
        return Stretch(tuple(_differing(self.table, width, mine, theirs, until)), until)

    def _read(self, db: sqlite3.Connection, after: Row | None, limit: int) -> tuple[list[Row], Row | None]:
        """Whole words only, and the last of them; None where the index ends."""
        past = (b"",) if after is None else after[:1]
        with self._vocabulary(db):
            sql = f'SELECT term, doc, col, "offset" FROM temp.{self._view} WHERE term > CAST(? AS TEXT) ORDER BY term'
            cursor = db.execute(sql, past)
            rows = cursor.fetchmany(limit)
            if len(rows) < limit:
                return sorted(rows, key=_order), None
            last = rows[-1][0]
            for row in cursor:
                if row[0] != last:
                    break
                rows.append(row)
            cursor.close()
        return sorted(rows, key=_order), (last,)

    @contextmanager
    def _vocabulary(self, db: sqlite3.Connection) -> Iterator[None]:
        """A view of the index for a moment; it is temporary, but a connection that only queries must be told so."""
        (query_only,) = db.execute("PRAGMA query_only").fetchone()
        db.execute("PRAGMA query_only=OFF")
        try:
            db.execute(f"DROP TABLE IF EXISTS temp.{self._view}")
            db.execute(f"CREATE VIRTUAL TABLE temp.{self._view} USING fts5vocab(main, {self.table}, instance)")
            db.execute(f"PRAGMA query_only={query_only:d}")
            yield
        finally:
            db.execute(f"PRAGMA query_only={query_only:d}")


def _differing(
    table: str, width: int, mine: Sequence[Row], theirs: Sequence[Row], until: Row | None
) -> Iterator[Difference]:
    live = {row[:width]: row for row in mine if _within(row, until)}
    expected = {row[:width]: row for row in theirs if _within(row, until)}
    for key in sorted(live.keys() | expected.keys(), key=_order):
        if live.get(key) != expected.get(key):
            yield Difference(table, key, live.get(key), expected.get(key))


def _within(row: Row, until: Row | None) -> bool:
    return until is None or _order(row[: len(until)]) <= _order(until)


def _order(key: Row) -> tuple[tuple[int, Any], ...]:
    """How SQLite orders keys: nothing, numbers, text; a damaged key may be of any kind."""
    return tuple((0, 0) if part is None else (2, part) if isinstance(part, bytes) else (1, part) for part in key)
