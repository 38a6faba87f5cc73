"""How much of each product the book says is here, and every movement that made it so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from appliance.application.ports import Recorded
from appliance.domain.events import (
    Event,
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

Movement = tuple[str, int, int, int | None]
"""(product_id, position, thousandths, position of the one before if it is in the same batch)."""

Cause = tuple[int, str, str, str]
"""(position, kind, reference, occurred_at), as it stands in its table."""


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
        # In the order of the log, each movement naming its product's one before: a sale of ten products appends to one
        # page instead of dirtying ten, and a product's history is followed backwards from its stock row.
        "stock_movements": """CREATE TABLE {table} (
            position INTEGER NOT NULL, product_id TEXT NOT NULL, quantity_milli INTEGER NOT NULL,
            previous INTEGER, PRIMARY KEY (position, product_id)) STRICT, WITHOUT ROWID""",
        # Why and when stands once an event and not in each of its movements.
        "stock_causes": """CREATE TABLE {table} (
            position INTEGER PRIMARY KEY, kind TEXT NOT NULL, ref TEXT NOT NULL, occurred_at TEXT NOT NULL) STRICT""",
    }

    def __init__(self, suffix: str = "") -> None:
        super().__init__(suffix)
        self._add_causes = f"INSERT INTO {self.t('stock_causes')} VALUES (?,?,?,?)"
        self._add_movements = (
            f"INSERT INTO {self.t('stock_movements')}(product_id, position, quantity_milli, previous) VALUES"
            f" (?1, ?2, ?3, coalesce(?4, (SELECT last_position FROM {self.t('stock')} WHERE product_id = ?1)))"
        )
        # Each movement finds the level that the one before it left, so a level need not be read first.
        self._move = (
            f"INSERT INTO {self.t('stock')} VALUES (?1, ?3, 0, CASE WHEN ?3 < 0 THEN ?2 END, ?2)"
            " ON CONFLICT DO UPDATE SET on_hand_milli = on_hand_milli + excluded.on_hand_milli, oversold_since ="
            " CASE WHEN on_hand_milli + excluded.on_hand_milli < 0 THEN coalesce(oversold_since, ?2) END,"
            " last_position = excluded.last_position"
        )

    def apply(self, db: Database, events: Sequence[Recorded], opener: Opener) -> None:  # noqa: ARG002  nothing sealed here
        """Write every movement and move each level by it, in the order of the log for each product."""
        causes: list[Cause] = []
        movements: list[Movement] = []
        newest: dict[str, int] = {}
        for each in events:
            kind, ref, moved = _moved(each.event)
            position = each.position
            if moved:
                causes.append((position, kind, ref, each.occurred_at))
                for product_id, quantity in moved.items():
                    movements.append((product_id, position, quantity, newest.get(product_id)))
                    newest[product_id] = position
        db.executemany(self._add_causes, causes)
        db.executemany(self._add_movements, movements)
        movements.sort(key=_place)  # neighbours in the table; each product's positions stay in order
        db.executemany(self._move, [each[:3] for each in movements])


def _place(movement: Movement) -> tuple[str, int]:
    return movement[0], movement[1]


def _moved(event: Event) -> tuple[str, str, dict[str, int]]:
    """What kind of movement an event is, what it refers to, and by how many thousandths it moves each product."""
    if isinstance(event, SaleCompleted):
        return "sale", event.sale_id, _of_lines(event.lines, -1)
    if isinstance(event, SaleVoided):
        return "void", event.sale_id, _of_lines(event.lines, 1)
    if isinstance(event, RefundCompleted):
        return "refund", event.refund_id, _of_lines(event.lines, 1) if event.restock else {}
    if isinstance(event, StockReceived):
        return "received", event.reference, {event.product_id: milli(event.quantity)}
    if isinstance(event, StockCounted):
        return "counted", event.reason, {event.product_id: milli(event.variance)}
    if isinstance(event, StockAdjusted):
        return "adjusted", event.reason, {event.product_id: milli(event.quantity)}
    return "", "", {}


def _of_lines(lines: Sequence[SaleLine], sign: int) -> dict[str, int]:
    moved: dict[str, int] = {}
    for line in lines:
        if line.stocked:
            product_id = line.product_id
            moved[product_id] = moved.get(product_id, 0) + sign * milli(line.quantity)
    return moved
