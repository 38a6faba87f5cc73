"""Lines as a till rings them up, made into priced lines: which product, at which price, how much of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from appliance import barcodes
from appliance.application import facts
from appliance.application.commands import RungUpLine
from appliance.application.ports import Context, UnitOfWork
from appliance.barcodes import ScannedCode
from appliance.domain import money
from appliance.domain.calendar import utc_text
from appliance.domain.document import check_lines
from appliance.domain.events import SaleLine
from appliance.domain.policy import StorePolicy
from appliance.domain.pricing import agree_price, check_for_sale, price_line
from appliance.domain.product import LABEL_PRICE, PriceRow, Product, price_in_force
from appliance.domain.refusals import InvalidBarcode, InvalidQuantity, NothingGiven, Refusal, UnknownProduct
from appliance.domain.text import MAX_ID, check_text


@dataclass(slots=True, kw_only=True)
class Terms:
    """What one command sells under: the catalogue, the moment, and the right to change a price."""

    uow: UnitOfWork
    policy: StorePolicy
    at: str
    epoch: int
    may_override: bool

    def product(self, product_id: str) -> Product:
        """The product of an id in a request's body."""
        found = facts.product(self.uow, product_id, self.epoch)
        return _unknown_product(product_id) if found is None else found

    def price_of(self, product: Product) -> PriceRow | None:
        """The price in force."""
        return price_in_force(product.prices, self.at)


def terms(uow: UnitOfWork, context: Context, policy: StorePolicy, approved_by: str | None) -> Terms:
    """The terms of a command."""
    return Terms(
        uow=uow,
        policy=policy,
        at=utc_text(context.occurred_at),
        epoch=facts.price_epoch(uow),
        may_override=policy.may_override(context.role, approved_by),
    )


def build_lines(given: Sequence[RungUpLine], on: Terms, *, selling: bool = True) -> tuple[SaleLine, ...]:
    """Every line priced and taxed; a refusal points at the line it is about."""
    check_lines(len(given), on.policy)
    lines = []
    for index, line in enumerate(given):
        try:
            lines.append(_line(index + 1, line, on, selling=selling))
        except Refusal as refusal:
            raise refusal.within(f"/lines/{index}") from None
    return tuple(lines)


def known_product(uow: UnitOfWork, product_id: str) -> Product:
    """The product of an id in a request's body."""
    found = facts.product(uow, product_id)
    return _unknown_product(product_id) if found is None else found


def _unknown_product(product_id: str) -> NoReturn:
    product_id = product_id[:MAX_ID]
    raise UnknownProduct(f"There is no product {product_id!r}.", at="/product_id", product_id=product_id)


def _line(number: int, line: RungUpLine, on: Terms, *, selling: bool) -> SaleLine:
    label = None
    if line.barcode is not None:
        product, label = _scanned(line, line.barcode, on)
    elif line.product_id is not None:
        product = facts.product(on.uow, line.product_id, on.epoch) or _unknown_product(line.product_id)
    else:
        raise NothingGiven("A line names a product_id or a barcode.", at="/product_id")
    if selling and (not product.active or product.recall is not None):
        check_for_sale(product)
    # Ten times a sale: the newest price nearly always holds, and is nearly always the one that is charged.
    prices, quantity = product.prices, line.quantity
    in_force = prices[-1] if prices and prices[-1][0] <= on.at else price_in_force(prices, on.at)
    if label is not None:
        in_force = _labelled_price(label, on) or in_force
        quantity = _labelled_quantity(label, quantity)
    if line.unit_price is None and in_force is not None:
        price = in_force[3]
    else:
        price = agree_price(product, line.unit_price, in_force, may_override=on.may_override)
    return price_line(
        number,
        product,
        quantity,
        price,
        in_force=in_force,
        discounts=line.discounts,
        code=line.barcode,
        policy=on.policy,
    )


def _scanned(line: RungUpLine, barcode: str, on: Terms) -> tuple[Product, ScannedCode | None]:
    if line.product_id is not None:
        raise InvalidBarcode("A line names a product_id or a barcode, not both.", at="/barcode")
    return scanned_product(on.uow, barcode, on.policy.barcode_region)


def scanned_product(uow: UnitOfWork, code: str, region: str | None) -> tuple[Product, ScannedCode | None]:
    """The product of a code: as written, in another form of the same GTIN, or from a label with a price or weight."""
    product = facts.product_by_barcode(uow, code) if len(code) <= barcodes.MAX_CODE else None
    if product is not None:
        return product, None
    check_text(code, "/barcode", barcodes.MAX_CODE, shortest=1)
    scanned = barcodes.scan(code, region)
    for key in scanned.keys[1:]:
        product = facts.product_by_barcode(uow, key)
        if product is not None:
            return product, None
    for key in scanned.base_keys:
        product = facts.product_by_barcode(uow, key)
        if product is not None:
            return product, scanned
    why = f" {scanned.error}" if scanned.error else ""
    raise UnknownProduct(f"No product has the barcode {code!r}.{why}", at="/barcode", barcode=code)


def _labelled_price(label: ScannedCode, on: Terms) -> PriceRow | None:
    """The price of the whole package, which the label makes the price in force."""
    if label.price is None:
        return None
    price = money.price_text(money.unit_price(label.price), on.policy.currency)
    return PriceRow(on.at, 0, LABEL_PRICE, price)


def _labelled_quantity(label: ScannedCode, packages: str) -> str:
    """What so many packages of a label hold."""
    if label.quantity is None:
        return packages
    held, rest = divmod(money.quantity(label.quantity) * money.quantity(packages), money.QUANTITY_UNIT)
    if rest:
        raise InvalidQuantity("A package with a weight on it is sold whole.", at="/quantity", label=label.quantity)
    return money.quantity_text(held)
