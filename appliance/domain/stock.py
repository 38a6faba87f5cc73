"""Goods on the shelf: received, counted, and changed by hand for a reason."""

from __future__ import annotations

from appliance.domain.events import StockAdjusted, StockCounted, StockReceived
from appliance.domain.events_hq import StockTransferred
from appliance.domain.money import quantity, quantity_text, signed_quantity
from appliance.domain.product import Product
from appliance.domain.refusals import InvalidQuantity, NotStocked
from appliance.domain.text import check_text


def receive(product: Product, received: str, reference: str) -> StockReceived:
    """Goods that came in: more than none."""
    _check_stocked(product)
    return StockReceived(
        product_id=product.product_id,
        quantity=quantity_text(quantity(received)),
        reference=reference,
    )


def count(product: Product, counted: str, book: int, reason: str) -> StockCounted:
    """What a person found, and how far the book (in thousandths) was off."""
    _check_stocked(product)
    found = signed_quantity(counted, "/counted")
    if found < 0:
        raise InvalidQuantity(f"Nobody counts {counted}.", at="/counted", quantity=counted)
    return StockCounted(
        product_id=product.product_id,
        counted=quantity_text(found),
        book=quantity_text(book),
        variance=quantity_text(found - book),
        reason=reason,
    )


def adjust(product: Product, change: str, reason: str) -> StockAdjusted:
    """A change of the book of either sign, and why."""
    _check_stocked(product)
    value = signed_quantity(change)
    if value == 0:
        raise InvalidQuantity("An adjustment of nothing changes nothing.", at="/quantity", quantity=change)
    return StockAdjusted(
        product_id=product.product_id,
        quantity=quantity_text(value),
        reason=check_text(reason, "/reason", shortest=1),
    )


def transfer(product: Product, moved: str, transfer_id: str, *, other_store: str, incoming: bool) -> StockTransferred:
    """Goods that came from another store, or went to it: more than none."""
    _check_stocked(product)
    thousandths = quantity(moved)
    return StockTransferred(
        product_id=product.product_id,
        quantity=quantity_text(thousandths if incoming else -thousandths),
        transfer_id=transfer_id,
        other_store=other_store,
    )


def _check_stocked(product: Product) -> None:
    if not product.stocked:
        raise NotStocked(f"{product.product_id} is a service.", at="/product_id", product_id=product.product_id)
