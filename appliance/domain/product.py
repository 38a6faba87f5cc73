"""What the store sells, and which price is in force when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from appliance.domain.events import ListPrice, PriceListActivated, PriceListStaged, ProductDefined
from appliance.domain.money import price_text, unit_price
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals import GivenTwice, InvalidBarcode, InvalidId, NothingGiven, Refusal, TooMany
from appliance.domain.text import MAX_NAME, MAX_REFERENCE, check_choice, check_id, check_text

KINDS = frozenset({"stocked", "service"})
MAX_BARCODES = 100
MAX_BARCODE = 64
# The label of a price that came with the product itself, not with a price list.
OWN_PRICE = "product"
# The label of a price that was printed on the package.
LABEL_PRICE = "label"
# A record holds this many prices with room to spare; DESIGN fixes it for head office too.
PRICES_PER_PART = 500


class PriceRow(NamedTuple):
    """One price of a product's history; rows are kept in the order of (valid_from, position)."""

    valid_from: str
    position: int
    version: str
    price: str


class Recall(NamedTuple):
    """Why a product may not be sold at present."""

    recall_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Product:
    """A product as it is now, with every price it has had or will have.

    Compared by identity: it is part of the key under which lines are remembered, on the way of every sale.
    """

    product_id: str
    name: str
    stocked: bool
    tax_code: str
    barcodes: tuple[str, ...]
    active: bool
    prices: tuple[PriceRow, ...] = ()  # in order
    recall: Recall | None = None


def price_history(rows: Iterable[PriceRow]) -> tuple[PriceRow, ...]:
    """The rows in order, without those that only say again what holds already.

    Head office may send its whole catalogue every night; a product's history grows with its prices, not with that.
    """
    history: list[PriceRow] = []
    for row in sorted(rows):
        if not history or (row.version, row.price) != (history[-1].version, history[-1].price):
            history.append(row)
    return tuple(history)


def price_in_force(rows: Sequence[PriceRow], at: str) -> PriceRow | None:
    """The newest price that holds at a time; before any does, the product's own first price.

    The second half is for a clock that was set back: a product once priced must not fall open to any price.
    """
    if rows and rows[-1][0] <= at:
        return rows[-1]
    for row in reversed(rows):
        if row[0] <= at:
            return row
    return next((row for row in rows if row[2] == OWN_PRICE), None)


def define(event: ProductDefined, policy: StorePolicy) -> ProductDefined:
    """The product as it will stand in the log; refused where nobody could sell it."""
    check_id(event.product_id, "/product_id")
    check_text(event.name, "/name", MAX_NAME, shortest=1)
    check_choice(event.kind, KINDS, "/kind")
    policy.tax_rate(event.tax_code)
    check_text(event.shelf or "", "/shelf", MAX_REFERENCE)
    _check_barcodes(event.barcodes)
    if event.price is None:
        return event
    return replace(event, price=_priced(event.price, policy, "/price"))


def _priced(text: str, policy: StorePolicy, at: str) -> str:
    try:
        return price_text(unit_price(text), policy.currency)
    except Refusal as refusal:
        refusal.at = at
        raise


def _check_barcodes(barcodes: Sequence[str]) -> None:
    if len(barcodes) > MAX_BARCODES:
        raise TooMany(f"A product has at most {MAX_BARCODES} barcodes.", at="/barcodes", limit=MAX_BARCODES)
    for index, code in enumerate(barcodes):
        check_text(code, f"/barcodes/{index}", MAX_BARCODE)
        if code != code.strip() or not code:
            raise InvalidBarcode("A barcode is not empty and has no space around it.", at=f"/barcodes/{index}")
        if code in barcodes[:index]:
            raise GivenTwice(f"The barcode {code} is given twice.", at=f"/barcodes/{index}", barcode=code)


def price_list(
    version: str, valid_from: str, prices: Sequence[ListPrice], policy: StorePolicy
) -> list[PriceListStaged | PriceListActivated]:
    """The events of a whole price list: its parts, then the one that puts it in force."""
    check_id(version, "/version")
    if version in (OWN_PRICE, LABEL_PRICE):
        raise InvalidId(f"{version!r} names prices that come from no list.", at="/version")
    if not prices:
        raise NothingGiven("The price list has no prices.", at="/prices")
    if len(prices) > policy.max_list_prices:
        raise TooMany(f"A price list has at most {policy.max_list_prices} prices.", at="/prices")
    rows = _list_prices(prices, policy)
    parts = [rows[start : start + PRICES_PER_PART] for start in range(0, len(rows), PRICES_PER_PART)]
    staged = [
        PriceListStaged(version=version, part=number, prices=tuple(part)) for number, part in enumerate(parts, start=1)
    ]
    activated = PriceListActivated(version=version, valid_from=valid_from, parts=len(parts), products=len(rows))
    return [*staged, activated]


def _list_prices(prices: Sequence[ListPrice], policy: StorePolicy) -> list[ListPrice]:
    rows: dict[str, ListPrice] = {}
    for index, given in enumerate(prices):
        check_id(given.product_id, f"/prices/{index}/product_id")
        if given.product_id in rows:
            raise GivenTwice(
                f"{given.product_id} has two prices in this list.",
                at=f"/prices/{index}/product_id",
                product_id=given.product_id,
            )
        price = _priced(given.price, policy, f"/prices/{index}/price")
        rows[given.product_id] = ListPrice(product_id=given.product_id, price=price)
    return list(rows.values())
