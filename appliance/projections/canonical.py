"""A projection's rows in one order and one spelling: two stores that say the same dump the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from appliance.projections.base import Database, Projection
from appliance.projections.fts import is_fts


@dataclass(frozen=True, slots=True)
class Shape:
    """A table's columns and what orders its rows; the key's columns come first in `columns`."""

    table: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    text_key: tuple[bool, ...]

    @property
    def select(self) -> str:
        """Reads every column of every row, in no order."""
        return f"SELECT {', '.join(self.columns)} FROM {self.table}"

    @property
    def order(self) -> str:
        """Puts rows in the order of the key."""
        return f"ORDER BY {', '.join(self.key)}"


def shapes(db: Database, projection: Projection) -> list[Shape]:
    """The shapes of the projection's tables, full-text tables included, in the order of their declaration."""
    return [_shape(db, projection.t(table), statement) for table, statement in projection.tables.items()]


def _shape(db: Database, table: str, statement: str) -> Shape:
    info = db.execute(f"PRAGMA table_info({table})").fetchall()
    if is_fts(statement):
        columns = tuple(row[1] for row in info)
        return Shape(table, ("rowid", *columns), ("rowid",), (False,))
    keys = sorted((row for row in info if row[5]), key=lambda row: row[5])
    key = tuple(row[1] for row in keys)
    rest = tuple(row[1] for row in info if not row[5])
    return Shape(table, key + rest, key, tuple(row[2] == "TEXT" for row in keys))


def dump(db: Database, projections: Iterable[Projection]) -> Iterator[str]:
    """JSON lines: each table's name and columns, then its rows in key order. Indexes are not in it (see `fts`)."""
    for projection in projections:
        for shape in shapes(db, projection):
            yield _line([shape.table.removesuffix(projection.suffix), *shape.columns])
            for row in db.execute(f"{shape.select} {shape.order}"):
                yield _line(row)


def digest(db: Database, projections: Iterable[Projection]) -> str:
    """The dump's SHA-256, in hex."""
    sum_ = sha256()
    for line in dump(db, projections):
        sum_.update(line.encode())
        sum_.update(b"\n")
    return sum_.hexdigest()


def _line(values: Iterable[Any]) -> str:
    return json.dumps([*values], ensure_ascii=False, separators=(",", ":"))
