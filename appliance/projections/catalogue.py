"""What can be sold: products, the codes that find them, and every price that was, is or will be in force.

A list's prices are written as its parts are staged, and say nothing until its one row in `pricelists` is activated: so
tens of thousands of prices come into force with a write of one row, and no sale waits for them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import ClassVar

from appliance.application.ports import Recorded
from appliance.domain.events import PriceListActivated, PriceListStaged, ProductDefined
from appliance.domain.product import OWN_PRICE
from appliance.projections.base import Database, Opener, Projection

_AMONG = "IN (SELECT value FROM json_each(?))"


class Catalogue(Projection):
    """Products as last defined; the price at a time is the greatest (valid_from, position) not after it."""

    name = "catalogue"
    version = 2
    for_decisions = True
    handles = frozenset({ProductDefined, PriceListStaged, PriceListActivated})
    tables: ClassVar[dict[str, str]] = {
        "products": """CREATE TABLE {table} (
            product_id TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, tax_code TEXT NOT NULL,
            price TEXT, shelf TEXT, active INTEGER NOT NULL, barcodes TEXT NOT NULL,
            position INTEGER NOT NULL, version INTEGER NOT NULL) STRICT, WITHOUT ROWID""",
        "barcodes": """CREATE TABLE {table} (
            code TEXT PRIMARY KEY, product_id TEXT NOT NULL, position INTEGER NOT NULL) STRICT, WITHOUT ROWID""",
        "prices": """CREATE TABLE {table} (
            product_id TEXT NOT NULL, valid_from TEXT NOT NULL, position INTEGER NOT NULL,
            version TEXT NOT NULL, price TEXT NOT NULL,
            PRIMARY KEY (product_id, valid_from, position)) STRICT, WITHOUT ROWID""",
        "pricelists": """CREATE TABLE {table} (
            version TEXT PRIMARY KEY, staged_position INTEGER, valid_from TEXT, parts INTEGER, products INTEGER,
            activated_position INTEGER) STRICT, WITHOUT ROWID""",
        # In force as of valid_from, at activated_position, once their list is activated.
        "staged_prices": """CREATE TABLE {table} (
            product_id TEXT NOT NULL, version TEXT NOT NULL, price TEXT NOT NULL,
            PRIMARY KEY (product_id, version)) STRICT, WITHOUT ROWID""",
    }

    def apply(self, db: Database, events: Sequence[Recorded], opener: Opener) -> None:  # noqa: ARG002  nothing sealed here
        """Fold definitions at once and price lists one by one; they touch different keys."""
        defined = [(each, each.event) for each in events if isinstance(each.event, ProductDefined)]
        if defined:
            self._define(db, defined)
        for each in events:
            if isinstance(each.event, PriceListStaged):
                self._stage(db, each.position, each.event)
            elif isinstance(each.event, PriceListActivated):
                self._activate(db, each.position, each.event)

    def _define(self, db: Database, defined: Sequence[tuple[Recorded, ProductDefined]]) -> None:
        self._claim_codes(db, [(each.position, event) for each, event in defined])
        rows = {event.product_id: _product_row(each, event) for each, event in defined}
        db.executemany(f"REPLACE INTO {self.t('products')} VALUES (?,?,?,?,?,?,?,?,?,?)", rows.values())
        db.executemany(
            f"REPLACE INTO {self.t('prices')} VALUES (?,?,?,?,?)",
            [
                (event.product_id, each.occurred_at, each.position, OWN_PRICE, event.price)
                for each, event in defined
                if event.price is not None
            ],
        )

    def _claim_codes(self, db: Database, defined: Sequence[tuple[int, ProductDefined]]) -> None:
        """Give each code to the product that listed it last; a product gives up what it lists no more."""
        listed = self._listed(db, {event.product_id for _, event in defined})
        named = {code for codes in listed.values() for code in codes}
        owners = self._owners(db, named.union(*(event.barcodes for _, event in defined)))
        before = dict(owners)
        for position, event in defined:
            for code in listed.get(event.product_id, ()):
                if owners.get(code, ("",))[0] == event.product_id:
                    del owners[code]
            owners.update((code, (event.product_id, position)) for code in event.barcodes)
            listed[event.product_id] = event.barcodes
        gone = [(code,) for code in before if code not in owners]
        db.executemany(f"DELETE FROM {self.t('barcodes')} WHERE code = ?", gone)
        changed = [(code, *owner) for code, owner in owners.items() if before.get(code) != owner]
        db.executemany(f"REPLACE INTO {self.t('barcodes')} VALUES (?,?,?)", changed)

    def _listed(self, db: Database, product_ids: Iterable[str]) -> dict[str, Sequence[str]]:
        sql = f"SELECT product_id, barcodes FROM {self.t('products')} WHERE product_id {_AMONG}"
        return {product: json.loads(codes) for product, codes in db.execute(sql, (json.dumps([*product_ids]),))}

    def _owners(self, db: Database, codes: Iterable[str]) -> dict[str, tuple[str, int]]:
        sql = f"SELECT code, product_id, position FROM {self.t('barcodes')} WHERE code {_AMONG}"
        rows = db.execute(sql, (json.dumps([*codes]),))
        return {code: (product, position) for code, product, position in rows}

    def _stage(self, db: Database, position: int, event: PriceListStaged) -> None:
        db.execute(
            f"INSERT INTO {self.t('pricelists')} (version, staged_position) VALUES (?,?) ON CONFLICT DO NOTHING",
            (event.version, position),
        )
        db.executemany(
            f"REPLACE INTO {self.t('staged_prices')} VALUES (?,?,?)",
            [(each.product_id, event.version, each.price) for each in event.prices],
        )

    def _activate(self, db: Database, position: int, event: PriceListActivated) -> None:
        db.execute(
            f"INSERT INTO {self.t('pricelists')} VALUES (?,NULL,?,?,?,?) ON CONFLICT DO UPDATE SET"
            " valid_from = excluded.valid_from, parts = excluded.parts, products = excluded.products,"
            " activated_position = excluded.activated_position",
            (event.version, event.valid_from, event.parts, event.products, position),
        )


def _product_row(each: Recorded, event: ProductDefined) -> tuple[object, ...]:
    return (
        event.product_id,
        event.name,
        event.kind,
        event.tax_code,
        event.price,
        event.shelf,
        int(event.active),
        json.dumps(event.barcodes, ensure_ascii=False),
        each.position,
        each.version,
    )
