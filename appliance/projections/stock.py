"""How much of each product the book says is here, what of it is held for orders, and every movement that made it so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import msgspec

from appliance.application.ports import Recorded
from appliance.domain.events import (
    RefundCompleted,
    SaleCompleted,
    SaleVoided,
    StockAdjusted,
    StockCounted,
    StockReceived,
)
from appliance.domain.events_fulfilment import HeldLine, StockIssued, StockReleased, StockReserved
from appliance.domain.events_hq import StockTransferred
from appliance.domain.thousandths import milli
from appliance.eventstore.bulk import Bulk
from appliance.projections.base import Database, Opener, Projection

Moved = dict[str, tuple[int, int | None]]
"""product -> (thousandths, the product's movement before), as it stands in its table as JSON."""

Cause = tuple[int, str, str, str]
"""(position, kind, reference, occurred_at): the other columns of that table."""

Move = tuple[int, int, dict[str, int]]
"""(position, sign, product -> thousandths)."""

Level = list[Any]
"""[product_id, on hand, reserved, oversold since, last position]: a row that is moved in place."""

KEPT_LEVELS = 5_000  # remembered; when there are more, the store begins anew with those it sells now
NO_MOVEMENT = 0  # the last position of a product that is only held, and has never moved
_ON_HAND, _RESERVED, _OVERSOLD, _LAST = 1, 2, 3, 4

_encode = msgspec.json.encode


class Stock(Projection):
    """Book stock and its movements: one a product and event, however many lines name the product."""

    name = "stock"
    version = 3
    for_decisions = True
    handles = frozenset(
        {
            SaleCompleted,
            SaleVoided,
            RefundCompleted,
            StockReceived,
            StockCounted,
            StockAdjusted,
            StockTransferred,
            StockReserved,
            StockReleased,
            StockIssued,
        }
    )
    tables: ClassVar[dict[str, str]] = {
        # oversold_since: the position that took the book below zero; empty while it is not.
        "stock": """CREATE TABLE {table} (
            product_id TEXT PRIMARY KEY, on_hand_milli INTEGER NOT NULL, reserved_milli INTEGER NOT NULL,
            oversold_since INTEGER, last_position INTEGER NOT NULL) STRICT, WITHOUT ROWID""",
        # A row an event, in the order of the log: {product: [thousandths, the product's movement before]}. A sale of
        # ten products appends one row to one page, and a product's history is followed backwards from its stock row.
        "stock_movements": """CREATE TABLE {table} (
            position INTEGER PRIMARY KEY, kind TEXT NOT NULL, ref TEXT NOT NULL, occurred_at TEXT NOT NULL,
            moved TEXT NOT NULL) STRICT""",
    }

    def __init__(self, suffix: str = "") -> None:
        super().__init__(suffix)
        self._kept: dict[str, Level] | None = None
        stock = self.t("stock")
        self._read = (
            "SELECT product_id, on_hand_milli, reserved_milli, oversold_since, last_position"
            f" FROM {stock} WHERE product_id IN (SELECT value FROM json_each(?))"
        )
        self._add = Bulk(
            "position, kind, ref, occurred_at, moved", f"INSERT INTO {self.t('stock_movements')} SELECT * FROM given"
        )
        self._write = Bulk(
            "product_id, on_hand_milli, reserved_milli, oversold_since, last_position",
            f"INSERT INTO {stock} SELECT * FROM given WHERE true ON CONFLICT DO UPDATE SET on_hand_milli ="
            " excluded.on_hand_milli, reserved_milli = excluded.reserved_milli, oversold_since ="
            " excluded.oversold_since, last_position = excluded.last_position",
        )

    def remember(self) -> None:
        """Keep levels in memory: they are read ten times a sale and changed by nobody else."""
        self._kept = {}

    def apply(self, db: Database, events: Sequence[Recorded], opener: Opener) -> None:  # noqa: ARG002  nothing sealed here
        """Read each touched level once, move it by every event in turn, and write it once."""
        causes: list[Cause] = []
        moves: list[Move] = []
        held: dict[str, int] = {}
        for each in events:
            if isinstance(each.event, StockReserved | StockReleased | StockIssued):
                _hold(held, each.event.lines, 1 if isinstance(each.event, StockReserved) else -1)
                continue
            kind, ref, sign, moved = _moved(each)
            if moved:
                causes.append((each.position, kind, ref, each.occurred_at))
                moves.append((each.position, sign, moved))
        levels = self._levels(db, held.keys() | {product_id for _, _, moved in moves for product_id in moved})
        movements = _move(levels, moves)
        for product_id, quantity in held.items():
            levels.setdefault(product_id, [product_id, 0, 0, None, NO_MOVEMENT])[_RESERVED] += quantity
        self._add.write(db, [(*cause, moved) for cause, moved in zip(causes, movements, strict=True)])
        self._write.write(db, [*levels.values()])
        if self._kept is not None:
            self._kept.update(levels)

    def _levels(self, db: Database, product_ids: set[str]) -> dict[str, Level]:
        kept = self._kept
        if not kept:
            return self._read_levels(db, product_ids)
        levels = {product_id: kept[product_id] for product_id in product_ids if product_id in kept}
        if len(levels) < len(product_ids):
            levels |= self._read_levels(db, product_ids - levels.keys())
        if len(kept) > KEPT_LEVELS:
            kept.clear()
        return levels

    def _read_levels(self, db: Database, product_ids: Iterable[str]) -> dict[str, Level]:
        return {row[0]: list(row) for row in db.execute(self._read, (_encode([*product_ids]),))}


def _hold(held: dict[str, int], lines: Sequence[HeldLine], sign: int) -> None:
    for line in lines:
        held[line.product_id] = held.get(line.product_id, 0) + sign * milli(line.quantity)


def _move(levels: dict[str, Level], moves: Iterable[Move]) -> list[str]:
    """Move the levels, in place; answers what each event moved, as it is written down."""
    movements: list[str] = []
    for position, sign, quantities in moves:
        moved: Moved = {}
        for product_id, unsigned in quantities.items():
            quantity = sign * unsigned
            level = levels.get(product_id)
            if level is None:
                moved[product_id] = (quantity, None)
                levels[product_id] = [product_id, quantity, 0, position if quantity < 0 else None, position]
                continue
            moved[product_id] = (quantity, level[4] or None)
            level[4] = position
            on_hand = level[1] = level[1] + quantity
            if on_hand < 0:
                if level[3] is None:
                    level[3] = position
            elif level[3] is not None:
                level[3] = None
        movements.append(_encode(moved).decode())
    return movements


def _moved(each: Recorded) -> tuple[str, str, int, dict[str, int]]:
    """What kind of movement an event is, what it refers to, its sign, and by how much it moves each product."""
    event = each.event
    if isinstance(event, SaleCompleted):
        return "sale", event.sale_id, -1, each.summed(event.lines).moved
    if isinstance(event, SaleVoided):
        return "void", event.sale_id, 1, each.summed(event.lines).moved
    if isinstance(event, RefundCompleted):
        return "refund", event.refund_id, 1, each.summed(event.lines).moved if event.restock else {}
    if isinstance(event, StockReceived):
        return "received", event.reference, 1, {event.product_id: milli(event.quantity)}
    if isinstance(event, StockCounted):
        return "counted", event.reason, 1, {event.product_id: milli(event.variance)}
    if isinstance(event, StockAdjusted):
        return "adjusted", event.reason, 1, {event.product_id: milli(event.quantity)}
    if isinstance(event, StockTransferred):
        return "transferred", event.transfer_id, 1, {event.product_id: milli(event.quantity)}
    return "", "", 1, {}
