"""What happens to an order on its way to the customer, and to the goods that are held back for it.

These events join `appliance.domain.events.Event` and keep to its rules: names and fields are the wire contract,
amounts are integers in the currency's minor unit, quantities and prices decimal strings; nobody's name is in them.
"""

from __future__ import annotations

from dataclasses import dataclass

# --- goods held back -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLine:
    product_id: str
    quantity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReserved:
    """Goods of the store's own stock are held for an order; never more than was there and promised to nobody."""

    reservation_id: str
    order_id: str
    lines: tuple[HeldLine, ...]
    expires_at: str  # RFC 3339, UTC: from then on they may be given back without asking


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReleased:
    """Goods that were held are for everybody again."""

    reservation_id: str
    order_id: str
    lines: tuple[HeldLine, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StockIssued:
    """Goods that were held have left with their customer; it is the sale that takes them off the book."""

    reservation_id: str
    order_id: str
    lines: tuple[HeldLine, ...]


# --- the order's way -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReserved:
    """All of the order is held for it; a pickup now waits to be picked."""

    order_id: str
    reservation_id: str
    expires_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PickedItem:
    """So much of one product was taken from the shelf; `substitute_for` names what it stands in for."""

    line: int  # of the order, from 1
    product_id: str
    name: str
    quantity: str  # positive
    unit_price: str
    amount: int
    stocked: bool
    tax_code: str | None = None
    tax_rate: str | None = None
    tax_inclusive: bool = True
    substitute_for: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortItem:
    """So much of a line was not there."""

    line: int
    product_id: str
    quantity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPicked:
    """What the customer will get and pay for; `total` is never more than the order's."""

    order_id: str
    items: tuple[PickedItem, ...]
    short: tuple[ShortItem, ...]
    total: int
    operator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaid:
    order_id: str
    transaction_id: str
    amount: int
    currency: str
    processed_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaymentDeclined:
    order_id: str
    amount: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefunded:
    """What was charged has gone back."""

    order_id: str
    transaction_id: str
    refund_id: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderShipped:
    """The goods are on their way: the sale is booked with this event."""

    order_id: str
    shipment_id: str
    carrier: str
    tracking_number: str
    estimated_delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReadyForCollection:
    """The goods lie on the pickup shelf; `place` says where."""

    order_id: str
    shipment_id: str
    carrier: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderShipmentCancelled:
    order_id: str
    shipment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderHandedOver:
    """The customer has the goods: the sale is booked with this event."""

    order_id: str
    operator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderConfirmed:
    """Nothing is left to do; `notified` says whether the customer could be told."""

    order_id: str
    notified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTurnedBack:
    """What was done for the order is being undone; `outcome` is what it will then be: cancelled, failed or expired."""

    order_id: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFailed:
    """It could not be fulfilled, and all that was done for it is undone."""

    order_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderExpired:
    """Nobody came for it in time, and all that was done for it is undone."""

    order_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStuck:
    """It can go neither on nor back by itself: a person has to decide."""

    order_id: str
    reason: str


FulfilmentEvent = (
    StockReserved
    | StockReleased
    | StockIssued
    | OrderReserved
    | OrderPicked
    | OrderPaid
    | OrderPaymentDeclined
    | OrderRefunded
    | OrderShipped
    | OrderReadyForCollection
    | OrderShipmentCancelled
    | OrderHandedOver
    | OrderConfirmed
    | OrderTurnedBack
    | OrderFailed
    | OrderExpired
    | OrderStuck
)
