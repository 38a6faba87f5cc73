"""What is held for which order, and until when: gone from here as soon as nothing of it is held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from appliance.application.ports import Recorded
from appliance.domain.events_fulfilment import StockIssued, StockReleased, StockReserved
from appliance.domain.thousandths import milli
from appliance.projections.base import Database, Opener, Projection


class Reservations(Projection):
    """One row a reservation and product, with what is still held."""

    name = "reservations"
    version = 1
    for_decisions = True
    handles = frozenset({StockReserved, StockReleased, StockIssued})
    tables: ClassVar[dict[str, str]] = {
        "reservations": """CREATE TABLE {table} (
            reservation_id TEXT NOT NULL, product_id TEXT NOT NULL, order_id TEXT NOT NULL,
            quantity_milli INTEGER NOT NULL, expires_at TEXT NOT NULL,
            PRIMARY KEY (reservation_id, product_id)) STRICT, WITHOUT ROWID""",
    }
    indexes: ClassVar[dict[str, str]] = {
        "reservations_by_expiry": "reservations(expires_at)",
        "reservations_by_product": "reservations(product_id)",
    }

    def __init__(self, suffix: str = "") -> None:
        super().__init__(suffix)
        table = self.t("reservations")
        self._hold = (
            f"INSERT INTO {table} VALUES (?,?,?,?,?) ON CONFLICT DO UPDATE SET"
            " quantity_milli = quantity_milli + excluded.quantity_milli, expires_at = excluded.expires_at"
        )
        self._let_go = (
            f"UPDATE {table} SET quantity_milli = quantity_milli - ? WHERE reservation_id = ? AND product_id = ?"
        )
        self._forget = f"DELETE FROM {table} WHERE reservation_id = ? AND product_id = ? AND quantity_milli <= 0"

    def apply(self, db: Database, events: Sequence[Recorded], opener: Opener) -> None:  # noqa: ARG002  nothing sealed here
        """Hold and let go in the order it happened; orders are few beside sales."""
        for each in events:
            event = each.event
            if isinstance(event, StockReserved):
                rows = [
                    (event.reservation_id, line.product_id, event.order_id, milli(line.quantity), event.expires_at)
                    for line in event.lines
                ]
                db.executemany(self._hold, rows)
            elif isinstance(event, StockReleased | StockIssued):
                keys = [(event.reservation_id, line.product_id) for line in event.lines]
                gone = [milli(line.quantity) for line in event.lines]
                db.executemany(self._let_go, [(less, *key) for less, key in zip(gone, keys, strict=True)])
                db.executemany(self._forget, keys)
