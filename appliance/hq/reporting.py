"""The reporting store: what head office knows of its stores, in one SQLite file, each event counted once.

Where each life of a store's log stands is written in the transaction that counts its events, so a process that dies,
an event that is sent again, and a stream that was lost and filled anew cannot make anything count twice. After a fork
both tails are kept: both were sold. Their sums stand apart by life, and a day is their sum.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.application.ports import Recorded
from appliance.hq.resources import Life
from appliance.projections.day_totals import sums_of

_SCHEMA = """
CREATE TABLE IF NOT EXISTS lives (
  store TEXT NOT NULL, incarnation INTEGER NOT NULL, base INTEGER NOT NULL,
  position INTEGER NOT NULL, hash BLOB NOT NULL CHECK (length(hash) = 32),
  last_event_at TEXT, last_sale_at TEXT,
  PRIMARY KEY (store, incarnation)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS day_totals (
  store TEXT NOT NULL, incarnation INTEGER NOT NULL, business_date TEXT NOT NULL, section TEXT NOT NULL,
  key TEXT NOT NULL, count INTEGER NOT NULL, amount INTEGER NOT NULL, base INTEGER NOT NULL,
  PRIMARY KEY (store, incarnation, business_date, section, key)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS type_counts (
  store TEXT NOT NULL, incarnation INTEGER NOT NULL, type TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (store, incarnation, type)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alarms (
  store TEXT NOT NULL, incarnation INTEGER NOT NULL, position INTEGER NOT NULL,
  kind TEXT NOT NULL, detail TEXT NOT NULL,
  PRIMARY KEY (store, incarnation, position, kind)) STRICT, WITHOUT ROWID;
"""
_ADD = (
    "INSERT INTO day_totals VALUES (?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET"
    " count = count + excluded.count, amount = amount + excluded.amount, base = base + excluded.base"
)
_COUNT = "INSERT INTO type_counts VALUES (?,?,?,?) ON CONFLICT DO UPDATE SET count = count + excluded.count"
_MOVE = (
    "UPDATE lives SET position = ?, hash = ?, last_event_at = ?, last_sale_at = coalesce(?, last_sale_at)"
    " WHERE store = ? AND incarnation = ? AND position = ?"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a life is counted, and its chain hash there."""

    position: int
    digest: bytes


class Moved(Exception):
    """Somebody else has counted events of this life meanwhile: nothing was written."""


class ReportingStore:
    """The file. One process counts; any number may read beside it."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def standing(self, life: Life) -> Standing | None:
        """How far a life is counted; None where it is new."""
        row = self._db.execute(
            "SELECT position, hash FROM lives WHERE store = ? AND incarnation = ?", (life.store, life.incarnation)
        ).fetchone()
        return None if row is None else Standing(row[0], bytes(row[1]))

    def begin(self, life: Life, digest: bytes) -> Standing:
        """Know a new life, which goes on from `digest` at its base."""
        row = (life.store, life.incarnation, life.base, life.base, digest)
        self._db.execute("INSERT INTO lives VALUES (?,?,?,?,?,NULL,NULL)", row)
        return Standing(life.base, digest)

    def count(
        self, life: Life, before: Standing, after: Standing, events: Sequence[Recorded], types: dict[str, int]
    ) -> None:
        """Count events and move on from `before` to `after`, in one transaction. Raises Moved."""
        owner = (life.store, life.incarnation)
        sold = next((each.occurred_at for each in reversed(events) if each.type == "sale.completed"), None)
        last = events[-1].occurred_at if events else None
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._move((after.position, after.digest, last, sold, *owner, before.position))
            self._db.executemany(_ADD, [(*owner, *row) for row in sums_of(events)])
            self._db.executemany(_COUNT, [(*owner, name, count) for name, count in types.items()])
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise

    def _move(self, values: tuple[object, ...]) -> None:
        if self._db.execute(_MOVE, values).rowcount != 1:
            raise Moved

    def alarm(self, life: Life, position: int, kind: str, detail: str) -> bool:
        """Keep what is wrong, once; answers whether it is news."""
        row = (life.store, life.incarnation, position, kind, detail)
        return self._db.execute("INSERT OR IGNORE INTO alarms VALUES (?,?,?,?,?)", row).rowcount == 1

    def alarms(self, store: str) -> list[tuple[int, int, str, str]]:
        """What is wrong with a store: (incarnation, position, kind, detail)."""
        sql = "SELECT incarnation, position, kind, detail FROM alarms WHERE store = ? ORDER BY incarnation, position"
        return self._db.execute(sql, (store,)).fetchall()

    def lives(self) -> Iterator[tuple[Any, ...]]:
        """(store, incarnation, base, position, hash, last event, last sale) of every life."""
        return iter(self._db.execute("SELECT * FROM lives ORDER BY store, incarnation").fetchall())

    def days(self, store: str) -> dict[tuple[str, str, str], tuple[int, int, int]]:
        """A store's totals over all its lives: (business date, section, key) -> (count, amount, base)."""
        sql = (
            "SELECT business_date, section, key, sum(count), sum(amount), sum(base) FROM day_totals"
            " WHERE store = ? GROUP BY business_date, section, key"
        )
        rows = self._db.execute(sql, (store,)).fetchall()
        return {(date, section, key): (count, amount, base) for date, section, key, count, amount, base in rows}
