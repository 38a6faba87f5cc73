"""How much of each product the book says is here, and every movement that made it so."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from appliance.application.ports import Recorded
from appliance.domain.events import (
    RefundCompleted,
    SaleCompleted,
    SaleLine,
    SaleVoided,
    StockAdjusted,
    StockCounted,
    StockReceived,
)
from appliance.projections.base import Database, Opener, Projection
from appliance.projections.quantities import milli

Movement = tuple[str, int, str, int, str]
"""(product_id, position, kind, thousandths, reference), as it stands in its table."""


class Stock(Projection):
    """Book stock and its movements, one a product and event however many lines name the product."""

    name = "stock"
    version = 1
    for_decisions = True
    handles = frozenset({SaleCompleted, SaleVoided, RefundCompleted, StockReceived, StockCounted, StockAdjusted})
    tables: ClassVar[dict[str, str]] = {
        # oversold_since: the position that took the book below zero; empty while it is not.
        "stock": """CREATE TABLE {table} (
            product_id TEXT PRIMARY KEY, on_hand_milli INTEGER NOT NULL, reserved_milli INTEGER NOT NULL,
            oversold_since INTEGER, last_position INTEGER NOT NULL) STRICT, WITHOUT ROWID""",
        "stock_movements": """CREATE TABLE {table} (
            product_id TEXT NOT NULL, position INTEGER NOT NULL, kind TEXT NOT NULL,
            quantity_milli INTEGER NOT NULL, ref TEXT NOT NULL,
            PRIMARY KEY (product_id, position)) STRICT, WITHOUT ROWID""",
    }

    def __init__(self, suffix: str = "") -> None:
        super().__init__(suffix)
        self._add_movements = f"INSERT INTO {self.t('stock_movements')} VALUES (?,?,?,?,?)"
        self._read = (
            "SELECT product_id, on_hand_milli, reserved_milli, oversold_since, last_position"
            f" FROM {self.t('stock')} WHERE product_id IN (SELECT value FROM json_each(?))"
        )
        self._write = f"REPLACE INTO {self.t('stock')} VALUES (?,?,?,?,?)"

    def apply(self, db: Database, events: Sequence[Recorded], opener: Opener) -> None:  # noqa: ARG002  nothing sealed here
        """Write every movement, then each product's new level once."""
        movements = [movement for each in events for movement in _movements(each)]
        if not movements:
            return
        movements.sort()  # neighbours in the table, and each product's positions stay in order
        db.executemany(self._add_movements, movements)
        levels = self._levels(db, {movement[0] for movement in movements})
        for product_id, position, _, quantity, _ in movements:
            level = levels.get(product_id)
            if level is None:
                level = levels[product_id] = [product_id, 0, 0, None, 0]
            level[1] += quantity
            level[4] = position
            if level[1] >= 0:
                level[3] = None
            elif level[3] is None:
                level[3] = position
        db.executemany(self._write, levels.values())

    def _levels(self, db: Database, product_ids: Iterable[str]) -> dict[str, list[Any]]:
        return {row[0]: list(row) for row in db.execute(self._read, (json.dumps([*product_ids]),))}


def _movements(each: Recorded) -> Iterable[Movement]:
    event = each.event
    if isinstance(event, SaleCompleted):
        return _of_lines(event.lines, each.position, "sale", -1, event.sale_id)
    if isinstance(event, SaleVoided):
        return _of_lines(event.lines, each.position, "void", 1, event.sale_id)
    if isinstance(event, RefundCompleted):
        return _of_lines(event.lines, each.position, "refund", 1, event.refund_id) if event.restock else ()
    if isinstance(event, StockReceived):
        return ((event.product_id, each.position, "received", milli(event.quantity), event.reference),)
    if isinstance(event, StockCounted):
        return ((event.product_id, each.position, "counted", milli(event.variance), event.reason),)
    if isinstance(event, StockAdjusted):
        return ((event.product_id, each.position, "adjusted", milli(event.quantity), event.reason),)
    return ()


def _of_lines(lines: Sequence[SaleLine], position: int, kind: str, sign: int, ref: str) -> list[Movement]:
    moved: dict[str, int] = {}
    for line in lines:
        if line.stocked:
            moved[line.product_id] = moved.get(line.product_id, 0) + milli(line.quantity)
    return [(product_id, position, kind, sign * quantity, ref) for product_id, quantity in moved.items()]
