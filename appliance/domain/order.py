"""An order: goods promised to a customer, for pickup or delivery, and cancelled while nothing of it has been done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from appliance.domain.events import Event, OrderCancelled, OrderCreated, OrderItem, Sealed
from appliance.domain.money import extended, price_text, quantity, quantity_text, signed_quantity, unit_price
from appliance.domain.policy import StorePolicy
from appliance.domain.product import Product
from appliance.domain.refusals import AddressMissing, InsufficientStock, InvalidAmount, OrderNotOpen
from appliance.domain.text import check_choice, check_id, check_text

KINDS = frozenset({"delivery", "pickup"})
CREATED = "created"
CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as it stands."""

    order_id: str
    customer_id: str
    status: str = CREATED


def evolve(state: Order | None, event: Event) -> Order:
    """The order after one more event of its stream."""
    if isinstance(event, OrderCreated):
        return Order(order_id=event.order_id, customer_id=event.customer_id)
    if state is None:
        msg = f"an order's stream begins with order.created, not {type(event).__name__}"
        raise TypeError(msg)
    if isinstance(event, OrderCancelled):
        return replace(state, status=CANCELLED)
    return state


def item(product: Product, wanted: str, price: str, policy: StorePolicy) -> OrderItem:
    """So much of one product at a unit price, rounded as a sale would."""
    thousandths, millionths = quantity(wanted), unit_price(price)
    return OrderItem(
        product_id=product.product_id,
        name=product.name,
        quantity=quantity_text(thousandths),
        unit_price=price_text(millionths, policy.currency),
        amount=extended(thousandths, millionths, policy.currency),
    )


def create(
    order_id: str,
    customer_id: str,
    kind: str,
    items: Sequence[OrderItem],
    *,
    address: Sealed | None,
    available: Mapping[str, int],
    business_date: str,
    policy: StorePolicy,
) -> OrderCreated:
    """The order, if all of it is there; `available` has the thousandths of every stocked product in it."""
    check_id(order_id, "/order_id")
    check_choice(kind, KINDS, "/kind")
    if kind == "delivery" and address is None:
        raise AddressMissing("The delivery has no address.", at="/shipping_address")
    _check_available(items, available)
    total = sum(each.amount for each in items)
    if total > policy.max_total:
        raise InvalidAmount(f"The total of {total} is beyond {policy.max_total}.", at="/items", total=total)
    return OrderCreated(
        order_id=order_id,
        customer_id=customer_id,
        kind=kind,
        items=tuple(items),
        total=total,
        currency=policy.currency.code,
        business_date=business_date,
        address=address,
    )


def cancel(order: Order, reason: str) -> OrderCancelled:
    """Take the order back; refused once it is cancelled or on its way."""
    check_text(reason, "/reason")
    if order.status != CREATED:
        raise OrderNotOpen(f"Order {order.order_id} is {order.status}.", order_id=order.order_id, status=order.status)
    return OrderCancelled(order_id=order.order_id, reason=reason)


def _check_available(items: Sequence[OrderItem], available: Mapping[str, int]) -> None:
    wanted: dict[str, int] = {}
    for each in items:
        wanted[each.product_id] = wanted.get(each.product_id, 0) + signed_quantity(each.quantity)
    short = [
        {
            "product_id": product_id,
            "requested_quantity": quantity_text(requested),
            "available_quantity": quantity_text(max(available[product_id], 0)),
        }
        for product_id, requested in wanted.items()
        if product_id in available and available[product_id] < requested
    ]
    if short:
        names = ", ".join(str(each["product_id"]) for each in short)
        raise InsufficientStock(f"Not enough in stock: {names}.", at="/items", unavailable_items=short)
