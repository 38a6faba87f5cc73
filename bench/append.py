"""`append_batch`: events with record, hash and stream check, against plain sqlite3 inserting the same rows."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import migrations
from appliance.application.ports import Context
from appliance.domain.events import SaleCompleted, SaleLine, TaxPart, Tender
from appliance.eventstore.clock import system_clock
from appliance.eventstore.group import Wiring
from appliance.eventstore.ids import uuid7
from appliance.eventstore.store import EventStore, open_store
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.process import settle_garbage_collector
from bench.report import Result, alternate, at_least

GROUP = 100
EVENTS = 20_000
ROUNDS = 5


def _line(number: int) -> SaleLine:
    tax = (TaxPart(code="standard", rate="19", inclusive=True, base=210, amount=40),)
    return SaleLine(
        line=number, product_id=f"{85123 + number}A", name="WHITE HANGING HEART T-LIGHT HOLDER", quantity="1",
        unit_price="2.50", amount=250, tax=tax, stocked=True,
    )  # fmt: skip


def a_sale(number: int) -> SaleCompleted:
    """A sale of three lines."""
    return SaleCompleted(
        sale_id=uuid7(), register_id="till-1", receipt_number=f"till-1-1-{number}", client_ref=None,
        business_date="2026-11-22", local_time="2026-11-22T10:00:00+01:00", clock_trusted=True, currency="EUR",
        lines=tuple(_line(each) for each in range(1, 4)), tenders=(Tender(type="cash", amount=750),), total=750,
    )  # fmt: skip


def _groups(events: list[SaleCompleted]) -> Iterator[list[SaleCompleted]]:
    return (events[start : start + GROUP] for start in range(0, len(events), GROUP))


def _append(store: EventStore) -> float:
    events = [a_sale(number) for number in range(EVENTS)]
    started = time.perf_counter()
    for group in _groups(events):

        def work(uow: UnitOfWork, group: list[SaleCompleted] = group) -> None:
            context = Context(command_id="bench", occurred_at=datetime.now(UTC))
            for event in group:
                uow.append(f"sale-{event.sale_id}", event, context=context, expected=0)

        store.writer.call(work)
    return EVENTS / (time.perf_counter() - started)


def _insert(db: sqlite3.Connection, rows: list[tuple[Any, ...]], first: int) -> float:
    fresh = [(first + offset, f"{row[1]}-{first}", *row[2:]) for offset, row in enumerate(rows)]
    started = time.perf_counter()
    for start in range(0, len(fresh), GROUP):
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT INTO events VALUES (?,?,?,?,?,?)", fresh[start : start + GROUP])
        db.execute("COMMIT")
    return len(fresh) / (time.perf_counter() - started)


def append_batch(folder: Path) -> list[Result]:
    """Both in WAL with synchronous=FULL, the same table and triggers, groups of 100 a commit."""
    settle_garbage_collector()
    store = open_store(folder / "append", Wiring(fold=lambda *_: None, touches={}, clock=system_clock))
    _append(store)
    reader = sqlite3.connect(store.paths.database)
    rows = reader.execute("SELECT * FROM events ORDER BY position LIMIT ?", (EVENTS,)).fetchall()
    reader.close()
    raw = sqlite3.connect(folder / "raw.db", isolation_level=None)
    raw.execute("PRAGMA journal_mode=WAL")
    raw.execute("PRAGMA synchronous=FULL")
    raw.executescript(migrations.sql("0001_log"))
    firsts = iter(range(1, 10**9, EVENTS))
    ours, limit = alternate(ROUNDS, lambda: _append(store), lambda: _insert(raw, rows, next(firsts)))
    raw.close()
    store.close()
    return [at_least("append_batch", ours, "events/s", limit, 0.5, "limit: executemany of the same rows")]
