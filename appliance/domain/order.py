"""An order: goods promised to a customer, followed from the promise to the hand-over, or back.

```
delivery  created -> reserved      -> paid                         -> shipped      -> confirmed
pickup    created -> awaiting_pick -> picked -> paid -> ready_for_collection -> handed_over -> confirmed
either    -> cancelling -> cancelled, failed or expired;  -> stuck, until a person has decided
```

Nothing is undone once the goods have left: what then comes back is a refund of the sale that was booked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from appliance.domain import events_fulfilment as f
from appliance.domain.events import Event, OrderCancelled, OrderCreated, OrderItem, Sealed
from appliance.domain.money import extended, price_text, quantity, quantity_text, signed_quantity, unit_price
from appliance.domain.policy import StorePolicy
from appliance.domain.product import Product
from appliance.domain.refusals import AddressMissing, InsufficientStock, InvalidAmount, OrderNotOpen
from appliance.domain.tax import tax_on
from appliance.domain.text import check_choice, check_id, check_text

DELIVERY = "delivery"
PICKUP = "pickup"
KINDS = frozenset({DELIVERY, PICKUP})

CREATED = "created"
RESERVED = "reserved"
AWAITING_PICK = "awaiting_pick"
PICKED = "picked"
PAID = "paid"
SHIPPED = "shipped"
READY_FOR_COLLECTION = "ready_for_collection"
HANDED_OVER = "handed_over"
CONFIRMED = "confirmed"
CANCELLING = "cancelling"
CANCELLED = "cancelled"
FAILED = "failed"
EXPIRED = "expired"
STUCK = "stuck"

STATUSES = (
    CREATED,
    RESERVED,
    AWAITING_PICK,
    PICKED,
    PAID,
    SHIPPED,
    READY_FOR_COLLECTION,
    HANDED_OVER,
    CONFIRMED,
    CANCELLING,
    CANCELLED,
    FAILED,
    EXPIRED,
    STUCK,
)
"""In the order in which an order may come by them."""

OPEN = frozenset({CREATED, RESERVED, AWAITING_PICK, PICKED, PAID, READY_FOR_COLLECTION})
"""What can still be taken back: the goods are here."""

UNDER_WAY = tuple(each for each in STATUSES if each not in {HANDED_OVER, CONFIRMED, CANCELLED, FAILED, EXPIRED})
"""Where something is still to happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as it stands; `picked` is what the customer will get where that differs from what was ordered."""

    order_id: str
    customer_id: str
    status: str = CREATED
    kind: str = DELIVERY
    currency: str = ""
    items: tuple[OrderItem, ...] = ()
    picked: tuple[f.PickedItem, ...] | None = None
    total: int = 0
    reservation_id: str | None = None
    transaction_id: str | None = None
    paid: int = 0  # less what was given back
    booked: bool = False  # its sale stands in the books
    outcome: str | None = None  # what it will be when all is undone, once that has begun


def evolve(state: Order | None, event: Event) -> Order:
    """The order after one more event of its stream."""
    if isinstance(event, OrderCreated):
        return Order(
            order_id=event.order_id,
            customer_id=event.customer_id,
            kind=event.kind,
            currency=event.currency,
            items=event.items,
            total=event.total,
        )
    if state is None:
        msg = f"an order's stream begins with order.created, not {type(event).__name__}"
        raise TypeError(msg)
    change = CHANGES.get(type(event))
    return state if change is None else replace(state, **change(state, event))


def status_after(kind: str, event: Event) -> str | None:
    """The status that an event brings an order of this kind to; None where it brings none."""
    if isinstance(event, f.OrderReserved):
        return AWAITING_PICK if kind == PICKUP else RESERVED
    return STATUS_AFTER.get(type(event))


STATUS_AFTER: Mapping[type, str] = {
    f.OrderPicked: PICKED,
    f.OrderPaid: PAID,
    f.OrderShipped: SHIPPED,
    f.OrderReadyForCollection: READY_FOR_COLLECTION,
    f.OrderHandedOver: HANDED_OVER,
    f.OrderConfirmed: CONFIRMED,
    f.OrderTurnedBack: CANCELLING,
    OrderCancelled: CANCELLED,
    f.OrderFailed: FAILED,
    f.OrderExpired: EXPIRED,
    f.OrderStuck: STUCK,
}


def _reserved(state: Order, event: f.OrderReserved) -> dict[str, Any]:
    return {"reservation_id": event.reservation_id, "status": status_after(state.kind, event)}


def _picked(_: Order, event: f.OrderPicked) -> dict[str, Any]:
    return {"picked": event.items, "total": event.total, "status": PICKED}


def _paid(_: Order, event: f.OrderPaid) -> dict[str, Any]:
    return {"transaction_id": event.transaction_id, "paid": event.amount, "status": PAID}


def _refunded(state: Order, event: f.OrderRefunded) -> dict[str, Any]:
    return {"paid": state.paid - event.amount}


def _booked(_: Order, event: f.OrderShipped | f.OrderHandedOver) -> dict[str, Any]:
    return {"booked": True, "status": STATUS_AFTER[type(event)]}


def _turned_back(_: Order, event: f.OrderTurnedBack) -> dict[str, Any]:
    return {"outcome": event.outcome, "status": CANCELLING}


def _only_status(_: Order, event: Event) -> dict[str, Any]:
    return {"status": STATUS_AFTER[type(event)]}


CHANGES: Mapping[type, Callable[[Order, Any], dict[str, Any]]] = {
    **dict.fromkeys(STATUS_AFTER, _only_status),
    f.OrderReserved: _reserved,
    f.OrderPicked: _picked,
    f.OrderPaid: _paid,
    f.OrderRefunded: _refunded,
    f.OrderShipped: _booked,
    f.OrderHandedOver: _booked,
    f.OrderTurnedBack: _turned_back,
}
"""What each event of an order's stream changes; an event that is not here changes nothing."""


def item(product: Product, wanted: str, price: str, policy: StorePolicy) -> OrderItem:
    """So much of one product at a unit price, rounded and taxed as a sale would."""
    thousandths, millionths = quantity(wanted), unit_price(price)
    rate = policy.tax_rate(product.tax_code, "/product_id")
    tax = tax_on(product.tax_code, rate, extended(thousandths, millionths, policy.currency))
    return OrderItem(
        product_id=product.product_id,
        name=product.name,
        quantity=quantity_text(thousandths),
        unit_price=price_text(millionths, policy.currency),
        amount=tax.base + tax.amount,
        stocked=product.stocked,
        tax_code=product.tax_code,
        tax_rate=rate.rate,
        tax_inclusive=rate.inclusive,
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
    if kind == DELIVERY and address is None:
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


def cancel(order: Order, reason: str, *, under_way: bool = False) -> OrderCancelled | f.OrderTurnedBack:
    """Take the order back; refused once it is cancelled or on its way. `under_way`: something may have to be undone."""
    check_text(reason, "/reason")
    check_status(order, OPEN)
    if under_way:
        return f.OrderTurnedBack(order_id=order.order_id, outcome=CANCELLED, reason=reason)
    return OrderCancelled(order_id=order.order_id, reason=reason)


def check_status(order: Order, allowed: frozenset[str]) -> None:
    """Refuse what the order's status does not allow."""
    if order.status not in allowed:
        raise OrderNotOpen(f"Order {order.order_id} is {order.status}.", order_id=order.order_id, status=order.status)


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
