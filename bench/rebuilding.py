"""`rebuild`: folding a whole log into every projection, beside a bare loop that scans, decodes and writes the same."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from appliance.eventstore import codec
from appliance.eventstore.clock import system_clock
from appliance.eventstore.connection import open_writer
from appliance.process import settle_garbage_collector
from appliance.projections import registry
from appliance.projections.base import Projection
from appliance.projections.rebuild import Rebuilder
from bench.report import Result, alternate, at_least

ROUNDS = 5
SLICE_SECONDS = 0.25
CHUNK = 1_000
_SCAN = "SELECT CAST(record AS BLOB) FROM events WHERE position > ? ORDER BY position LIMIT ?"
_SUFFIX = "__bare"

Statement = tuple[str, list[Any] | None]


class _Recorder:
    """Stands before a connection and remembers what is asked of it."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.statements: list[Statement] = []

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Any:
        self.statements.append((sql, [tuple(parameters)]))
        return self._db.execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> Any:
        rows = list(parameters)
        self.statements.append((sql, rows))
        return self._db.executemany(sql, rows)


def rebuild(store: Path, folder: Path, live_seconds: float, what: str) -> list[Result]:
    """`store` is a database file at rest that was filled through commands in `live_seconds`."""
    settle_garbage_collector()
    source = folder / "rebuild.db"
    shutil.copy(store, source)
    events = _count(source)
    chunks = _record(source)
    ours, bare = alternate(ROUNDS, lambda: events / _ours(source), lambda: events / _bare(source, chunks))
    live_rate = events / live_seconds
    note = f"{events:,} events of {what}; limit: scan, decode and the same statements"
    return [
        at_least("rebuild", ours, "events/s", bare, 0.6, note),
        at_least("rebuild_vs_live", ours, "events/s", live_rate, 3.0, "limit: the live import"),
    ]


def _count(path: Path) -> int:
    with _opened(path) as db:
        count: int = db.execute("SELECT count(*) FROM events").fetchone()[0]
        return count


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    db = open_writer(path)
    try:
        yield db
    finally:
        db.close()


def _ours(path: Path) -> float:
    """Until the new tables are live; clearing the old ones away comes after and takes nobody's time."""
    rebuilder = Rebuilder(lambda _: None, system_clock, lambda _: None)
    job = rebuilder.job(rebuilder.names)
    with _opened(path) as db:
        started = time.perf_counter()
        taken = 0.0
        finished = False
        while not finished:
            db.execute("BEGIN IMMEDIATE")
            finished = job.step(db, SLICE_SECONDS)
            db.execute("COMMIT")
            if job.swapped and not taken:
                taken = time.perf_counter() - started
        return taken


def _tables(db: sqlite3.Connection) -> tuple[Projection, ...]:
    instances = tuple(each(_SUFFIX) for each in registry.PROJECTIONS)
    for each in instances:
        registry.drop_tables(db, each)
        registry.create_tables(db, each, generation=0)
    return instances


def _record(path: Path) -> list[list[Statement]]:
    """What our projections ask of SQLite for every chunk of the log."""
    chunks = []
    with _opened(path) as db:
        wanting = registry.dispatch(_tables(db))
        for records in _chunks(db):
            recorder = _Recorder(db)
            events = [codec.decode(record) for (record,) in records]
            db.execute("BEGIN IMMEDIATE")
            registry.fold(recorder, wanting, events, lambda _: None)
            db.execute("COMMIT")
            chunks.append(recorder.statements)
    return chunks


def _chunks(db: sqlite3.Connection) -> Iterator[list[tuple[bytes]]]:
    after = 0
    while records := db.execute(_SCAN, (after, CHUNK)).fetchall():
        yield records
        after += len(records)


def _bare(path: Path, chunks: list[list[Statement]]) -> float:
    with _opened(path) as db:
        _tables(db)
        started = time.perf_counter()
        for records, statements in zip(_chunks(db), chunks, strict=True):
            for (record,) in records:
                codec.decode(record)
            db.execute("BEGIN IMMEDIATE")
            for sql, rows in statements:
                _again(db, sql, rows or [])
            db.execute("COMMIT")
        return time.perf_counter() - started


def _again(db: sqlite3.Connection, sql: str, rows: list[Any]) -> None:
    if sql.lstrip().upper().startswith("SELECT"):
        for row in rows:
            db.execute(sql, row).fetchall()
    else:
        db.executemany(sql, rows)
