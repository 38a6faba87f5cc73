"""The store's customers, and finding them by what they say at the counter."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, cast

from appliance.application.ports import Recorded
from appliance.domain.events import CustomerErased, CustomerRegistered
from appliance.projections.base import Database, Opener, Projection

PERSONAL = ("name", "email", "phone")

Row = tuple[str, str | None, str | None, str | None, str | None, int, int, int]
"""(customer_id, name, email, phone, country, erased, position, version), as it stands in its table."""


class Customers(Projection):
    """One row a customer, with opened personal data; an erased one keeps its id and country and nothing else.

    The full-text index has the row's `position` (that of the registration) as its rowid.
    """

    name = "customers"
    version = 1
    handles = frozenset({CustomerRegistered, CustomerErased})
    tables: ClassVar[dict[str, str]] = {
        "customers": """CREATE TABLE {table} (
            customer_id TEXT PRIMARY KEY, name TEXT, email TEXT, phone TEXT, country TEXT,
            erased INTEGER NOT NULL, position INTEGER NOT NULL, version INTEGER NOT NULL) STRICT, WITHOUT ROWID""",
        "customers_fts": """CREATE VIRTUAL TABLE {table} USING fts5(
            name, email, phone, tokenize = 'unicode61 remove_diacritics 2')""",
    }
    indexes: ClassVar[dict[str, str]] = {"customers_by_position": "customers(position)"}

    def apply(self, db: Database, events: Sequence[Recorded], opener: Opener) -> None:
        """Fold each customer to its last row, then write that row and its index entry once."""
        rows = self._rows(db, {cast("Any", each.event).customer_id for each in events})  # both events have one
        for each in events:
            event = each.event
            if isinstance(event, CustomerRegistered):
                rows[event.customer_id] = _registered(each, event, opener, rows.get(event.customer_id))
            elif isinstance(event, CustomerErased):
                rows[event.customer_id] = _erased(each, event, rows.get(event.customer_id))
        self._write(db, rows.values())

    def _rows(self, db: Database, customer_ids: Iterable[str]) -> dict[str, Row]:
        sql = f"SELECT * FROM {self.t('customers')} WHERE customer_id IN (SELECT value FROM json_each(?))"
        return {row[0]: row for row in db.execute(sql, (json.dumps([*customer_ids]),))}

    def _write(self, db: Database, rows: Iterable[Row]) -> None:
        rows = sorted(rows, key=_position)
        fts = self.t("customers_fts")
        db.executemany(f"REPLACE INTO {self.t('customers')} VALUES (?,?,?,?,?,?,?,?)", rows)
        db.executemany(f"DELETE FROM {fts} WHERE rowid = ?", [(_position(row),) for row in rows])
        db.executemany(
            f"INSERT INTO {fts} (rowid, name, email, phone) VALUES (?,?,?,?)",
            [(_position(row), *row[1:4]) for row in rows if any(row[1:4])],
        )


def _registered(each: Recorded, event: CustomerRegistered, opener: Opener, old: Row | None) -> Row:
    position = each.position if old is None else _position(old)
    opened = {} if event.personal is None else opener(event.personal)
    # Once erased, always erased: no later event brings a destroyed key back.
    if opened is None or (old is not None and old[5]):
        return (event.customer_id, None, None, None, event.country, 1, position, each.version)
    name, email, phone = (opened.get(field) for field in PERSONAL)
    return (event.customer_id, name, email, phone, event.country, 0, position, each.version)


def _erased(each: Recorded, event: CustomerErased, old: Row | None) -> Row:
    country, position = (None, each.position) if old is None else (old[4], _position(old))
    return (event.customer_id, None, None, None, country, 1, position, each.version)


def _position(row: Row) -> int:
    return row[6]
