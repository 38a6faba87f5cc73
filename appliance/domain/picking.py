"""Picking an order from the shelves: what is short, what stands in for it, and what the customer pays then.

The total can only go down. Each line costs its own unit price for what was picked of it; a substitute costs its own
price in force or the price of what it stands in for, whichever is lower, and never stands in for more than is short.
A pickup is charged after it was picked, so nothing was charged too much and nothing has to be given back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.domain.events import OrderItem
from appliance.domain.events_fulfilment import OrderPicked, PickedItem, ShortItem
from appliance.domain.money import extended, quantity, quantity_text, signed_quantity, unit_price
from appliance.domain.order import AWAITING_PICK, PICKUP, Order, check_status
from appliance.domain.order import item as order_item
from appliance.domain.policy import StorePolicy
from appliance.domain.pricing import check_for_sale
from appliance.domain.product import PriceRow, Product
from appliance.domain.refusals import Refusal, UnknownLine
from appliance.domain.refusals_fulfilment import NothingPicked, NotPicked, PickExceeds
from appliance.domain.tax import TaxRate, tax_on


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """A product that was put in for what is short, and the price it sells at today."""

    product: Product
    quantity: str
    in_force: PriceRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the picker found of a line, and what was put in for the rest."""

    at: str  # where the request says so
    quantity: str
    stand_in: StandIn | None = None


def pick(order: Order, found: Mapping[int, Found], operator: str | None, policy: StorePolicy) -> OrderPicked:
    """What was picked; a line that `found` does not name was there as ordered."""
    if order.kind != PICKUP:
        raise NotPicked(f"Order {order.order_id} is a {order.kind}.", order_id=order.order_id, kind=order.kind)
    check_status(order, frozenset({AWAITING_PICK}))
    for number, each in found.items():
        if not 1 <= number <= len(order.items):
            raise UnknownLine(f"The order has no line {number}.", at=f"{each.at}/line", lines=len(order.items))
    items: list[PickedItem] = []
    short: list[ShortItem] = []
    for number, ordered in enumerate(order.items, 1):
        _line(number, ordered, found.get(number), items, short, policy)
    if not items:
        raise NothingPicked(f"Nothing of order {order.order_id} was picked.", at="/lines", order_id=order.order_id)
    return OrderPicked(
        order_id=order.order_id,
        items=tuple(items),
        short=tuple(short),
        total=sum(each.amount for each in items),
        operator=operator,
    )


def _line(
    number: int,
    ordered: OrderItem,
    found: Found | None,
    items: list[PickedItem],
    short: list[ShortItem],
    policy: StorePolicy,
) -> None:
    wanted = quantity(ordered.quantity)
    picked = wanted if found is None else _picked(ordered, found)
    room = ordered.amount
    if picked:
        items.append(part_of(number, ordered, picked, policy))
        room -= items[-1].amount
    if picked == wanted:
        return
    left = wanted - picked
    short.append(ShortItem(line=number, product_id=ordered.product_id, quantity=quantity_text(left)))
    if found is not None and found.stand_in is not None:
        try:
            items.append(_substitute(number, ordered, left, found.stand_in, room, policy))
        except Refusal as refusal:
            raise refusal.within(f"{found.at}/substitute") from None


def _picked(ordered: OrderItem, found: Found) -> int:
    picked, wanted = signed_quantity(found.quantity, f"{found.at}/picked"), quantity(ordered.quantity)
    if not 0 <= picked <= wanted:
        raise PickExceeds(
            f"Of {ordered.product_id} {ordered.quantity} were ordered, not {found.quantity}.",
            at=f"{found.at}/picked",
            ordered_quantity=ordered.quantity,
        )
    if picked == wanted and found.stand_in is not None:
        raise PickExceeds(f"Nothing is short of {ordered.product_id}.", at=f"{found.at}/substitute")
    return picked


def left_of(ordered: OrderItem, picked: str) -> str:
    """What is short of an item when so much of it was picked; nothing less than nothing."""
    return quantity_text(max(quantity(ordered.quantity) - signed_quantity(picked, "/picked"), 0))


def part_of(number: int, ordered: OrderItem, thousandths: int, policy: StorePolicy) -> PickedItem:
    """So much of an item as it was ordered, reckoned anew; all of it costs what was promised, to the minor unit."""
    amount = ordered.amount
    if thousandths != quantity(ordered.quantity):
        amount = min(_reckoned(ordered, thousandths, policy), amount)
    return PickedItem(
        line=number,
        product_id=ordered.product_id,
        name=ordered.name,
        quantity=quantity_text(thousandths),
        unit_price=ordered.unit_price,
        amount=amount,
        stocked=ordered.stocked,
        tax_code=ordered.tax_code,
        tax_rate=ordered.tax_rate,
        tax_inclusive=ordered.tax_inclusive,
    )


def _reckoned(ordered: OrderItem, thousandths: int, policy: StorePolicy) -> int:
    net = extended(thousandths, unit_price(ordered.unit_price), policy.currency)
    if ordered.tax_code is None or ordered.tax_rate is None:
        return net
    tax = tax_on(ordered.tax_code, TaxRate(ordered.tax_rate, ordered.tax_inclusive), net)
    return tax.base + tax.amount


def _substitute(
    number: int, ordered: OrderItem, left: int, given: StandIn, room: int, policy: StorePolicy
) -> PickedItem:
    """The stand-in at the lower price; `room` is what the line may still cost, whatever rounding or a tax adds."""
    product = given.product
    check_for_sale(product)
    if quantity(given.quantity) > left:
        raise PickExceeds(
            f"{quantity_text(left)} of {ordered.product_id} are short, not {given.quantity}.",
            at="/quantity",
            short_quantity=quantity_text(left),
        )
    price = ordered.unit_price
    if given.in_force is not None and unit_price(given.in_force.price) < unit_price(price):
        price = given.in_force.price
    sold = order_item(product, given.quantity, price, policy)
    return PickedItem(
        line=number,
        product_id=product.product_id,
        name=product.name,
        quantity=sold.quantity,
        unit_price=sold.unit_price,
        amount=min(sold.amount, room),
        stocked=sold.stocked,
        tax_code=sold.tax_code,
        tax_rate=sold.tax_rate,
        tax_inclusive=sold.tax_inclusive,
        substitute_for=ordered.product_id,
    )
