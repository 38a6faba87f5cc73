"""Orders to be fulfilled, and finding them by number or by whose they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from appliance.application.ports import Recorded
from appliance.domain.events import CustomerErased, CustomerRegistered, OrderCreated, OrderItem
from appliance.domain.order import CREATED
from appliance.projections.base import Database, Opener, Projection
from appliance.projections.order_changes import CHANGES


class Orders(Projection):
    """One row an order. Erasing its customer takes the address and every way to find it by the person.

    It keeps the names it indexes in a table of its own, because a fold may read no other projection.
    """

    name = "orders"
    version = 2
    handles = frozenset({OrderCreated, CustomerRegistered, CustomerErased, *CHANGES})
    tables: ClassVar[dict[str, str]] = {
        "orders": """CREATE TABLE {table} (
            order_id TEXT PRIMARY KEY, customer_id TEXT NOT NULL, kind TEXT NOT NULL, status TEXT NOT NULL,
            total INTEGER NOT NULL, currency TEXT NOT NULL, items TEXT NOT NULL, address TEXT,
            erased INTEGER NOT NULL, reason TEXT, business_date TEXT NOT NULL, created_at TEXT NOT NULL,
            position INTEGER NOT NULL, version INTEGER NOT NULL, picked TEXT, payment TEXT, shipment TEXT)
            STRICT, WITHOUT ROWID""",
        "order_customers": """CREATE TABLE {table} (
            customer_id TEXT PRIMARY KEY, name TEXT, email TEXT, erased INTEGER NOT NULL) STRICT, WITHOUT ROWID""",
        "orders_fts": """CREATE VIRTUAL TABLE {table} USING fts5(
            order_id, name, email, tokenize = 'unicode61 remove_diacritics 2')""",
    }
    indexes: ClassVar[dict[str, str]] = {
        "orders_by_position": "orders(position)",
        "orders_by_status": "orders(status, position)",
        "orders_by_customer": "orders(customer_id, position)",
    }

    def __init__(self, suffix: str = "") -> None:
        super().__init__(suffix)
        orders, customers, fts = self.t("orders"), self.t("order_customers"), self.t("orders_fts")
        self._add = f"REPLACE INTO {orders} VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,NULL,NULL,NULL)"
        self._change = {
            event_class: f"UPDATE {orders} SET {change.columns}, version = ? WHERE order_id = ?"
            for event_class, change in CHANGES.items()
        }
        self._erase = f"UPDATE {orders} SET address = NULL, erased = 1 WHERE customer_id = ?"
        # Once erased, always erased: no later event brings a destroyed key back.
        self._customer = (
            f"INSERT INTO {customers} VALUES (?,?,?,?) ON CONFLICT DO UPDATE SET"
            " name = CASE WHEN erased THEN NULL ELSE excluded.name END,"
            " email = CASE WHEN erased THEN NULL ELSE excluded.email END,"
            " erased = max(erased, excluded.erased)"
        )
        self._unindex = f"DELETE FROM {fts} WHERE rowid = ?"
        self._index = (
            f"INSERT INTO {fts} (rowid, order_id, name, email)"
            f" SELECT o.position, o.order_id, c.name, c.email FROM {orders} AS o"
            f" LEFT JOIN {customers} AS c ON c.customer_id = o.customer_id WHERE o.position = ?"
        )
        self._of_customers = f"SELECT position FROM {orders} WHERE customer_id IN (SELECT value FROM json_each(?))"

    def apply(self, db: Database, events: Sequence[Recorded], opener: Opener) -> None:
        """Write the batch's orders and customers one after the other, then index anew what they changed."""
        positions: set[int] = set()
        customers: set[str] = set()
        for each in events:
            event = each.event
            if isinstance(event, OrderCreated):
                db.execute(self._add, _row(each, event, opener))
                positions.add(each.position)
            elif type(event) in CHANGES:
                self._move(db, each)
            elif isinstance(event, CustomerRegistered):
                db.execute(self._customer, _customer(event, opener))
                customers.add(event.customer_id)
            elif isinstance(event, CustomerErased):
                db.execute(self._customer, (event.customer_id, None, None, 1))
                db.execute(self._erase, (event.customer_id,))
                customers.add(event.customer_id)
        self._reindex(db, positions, customers)

    def _move(self, db: Database, each: Recorded) -> None:
        event: Any = each.event
        parameters = CHANGES[type(event)].parameters(event)
        db.execute(self._change[type(event)], (*parameters, each.version, event.order_id))

    def _reindex(self, db: Database, positions: set[int], customers: Iterable[str]) -> None:
        for (position,) in db.execute(self._of_customers, (json.dumps([*customers]),)).fetchall():
            positions.add(position)
        keys = [(position,) for position in sorted(positions)]
        db.executemany(self._unindex, keys)
        db.executemany(self._index, keys)


def _row(each: Recorded, event: OrderCreated, opener: Opener) -> tuple[object, ...]:
    opened = None if event.address is None else opener(event.address)
    return (
        event.order_id,
        event.customer_id,
        event.kind,
        CREATED,
        event.total,
        event.currency,
        json.dumps([_item(item) for item in event.items], ensure_ascii=False),
        None if opened is None else json.dumps(opened, ensure_ascii=False, sort_keys=True),
        int(event.address is not None and opened is None),
        None,
        event.business_date,
        each.occurred_at,
        each.position,
        each.version,
    )


def _item(item: OrderItem) -> dict[str, Any]:
    return {
        "product_id": item.product_id,
        "name": item.name,
        "quantity": item.quantity,
        "unit_price": item.unit_price,
        "amount": item.amount,
    }


def _customer(event: CustomerRegistered, opener: Opener) -> tuple[object, ...]:
    opened = {} if event.personal is None else opener(event.personal)
    if opened is None:
        return (event.customer_id, None, None, 1)
    return (event.customer_id, opened.get("name"), opened.get("email"), 0)
