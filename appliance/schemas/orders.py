"""Orders on the wire."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from appliance.schemas.common import (
    MAX_LINES,
    TEXT_PATTERN,
    Answer,
    Body,
    CountedQuantity,
    Currency,
    Id,
    Person,
    Quantity,
    Reason,
    UnitPrice,
    example,
)
from appliance.schemas.sagas import StepError

_ID = "019aa9f0-5a10-7cc3-9d2b-6a4f0c1e2b3d"


class OrderedItem(Body):
    """So much of one product."""

    product_id: Id
    quantity: Quantity
    unit_price: UnitPrice | None = Field(None, description="Left out: the price in force. Another needs the right to.")


class Address(Body):
    """Where the goods go; kept sealed, and forgotten when the customer asks for it."""

    street: str = Field(pattern=TEXT_PATTERN, min_length=1, max_length=200)
    city: str = Field(pattern=TEXT_PATTERN, min_length=1, max_length=100)
    state: str = Field("", pattern=TEXT_PATTERN, max_length=100)
    country: str = Field(pattern=TEXT_PATTERN, min_length=1, max_length=64)
    postal_code: str = Field(pattern=TEXT_PATTERN, min_length=1, max_length=20)


_ADDRESS = {"street": "Hauptstr. 1", "city": "Berlin", "state": "BE", "country": "DE", "postal_code": "10115"}


class CreateOrder(Body):
    """Promise goods to a customer."""

    model_config = example(
        {
            "customer_id": _ID,
            "items": [{"product_id": "coffee-beans-250g", "quantity": "2", "unit_price": "8.99"}],
            "shipping_address": _ADDRESS,
        }
    )

    customer_id: Id
    kind: Literal["delivery", "pickup"] = "delivery"
    items: list[OrderedItem] = Field(min_length=1, max_length=MAX_LINES)
    shipping_address: Address | None = Field(None, description="A delivery needs one.")
    currency: Currency | None = Field(None, description="Left out: the store's.")
    approved_by: str | None = Field(None, pattern=TEXT_PATTERN, min_length=1, max_length=64)


class CancelOrder(Body):
    """Take an order back."""

    model_config = example({"reason": "customer changed their mind"})

    reason: Reason = ""


class Substitute(Body):
    """What stands in for goods that are short."""

    product_id: Id
    quantity: Quantity | None = Field(None, description="Left out: all that is short.")


class PickedLine(Body):
    """What was found of one line of the order."""

    line: int = Field(ge=1, le=MAX_LINES, description="The order's own line number, from 1.")
    picked: CountedQuantity
    substitute: Substitute | None = Field(
        None, description="For what is short; it costs its own price or the line's, whichever is lower."
    )


class PickOrder(Body):
    """What was picked. A line that is not named was there as it was ordered."""

    model_config = example(
        {
            "lines": [{"line": 1, "picked": "1", "substitute": {"product_id": "coffee-beans-500g", "quantity": "1"}}],
            "operator": "anna",
        }
    )

    lines: list[PickedLine] = Field(default_factory=list, max_length=MAX_LINES)
    operator: Person | None = None


class HandOver(Body):
    """Give a pickup to its customer."""

    model_config = example({"operator": "anna"})

    operator: Person | None = None


class OrderPlaced(Answer):
    """What became of an order just now."""

    model_config = example({"order_id": _ID, "status": "created", "message": "The order has been created."})

    order_id: str
    status: str
    message: str


class PickedItem(Answer):
    """What was taken from the shelf."""

    line: int
    product_id: str
    name: str
    quantity: str
    unit_price: str
    amount: int
    substitute_for: str | None


class ShortItem(Answer):
    """What was not there."""

    line: int
    product_id: str
    quantity: str


class Picked(Answer):
    """What the customer gets instead of what was ordered, line by line."""

    items: list[PickedItem]
    short: list[ShortItem]


class OrderItem(Answer):
    """An item as it was promised."""

    product_id: str
    name: str
    quantity: str
    unit_price: str
    amount: int


class OrderCustomer(Answer):
    """Whose order it is; name and e-mail are null once the customer has been erased."""

    customer_id: str
    name: str | None
    email: str | None


class ShippingAddress(Answer):
    """Where the goods go."""

    street: str
    city: str
    state: str
    country: str
    postal_code: str


class Payment(Answer):
    """How the order was paid."""

    transaction_id: str | None = Field(description="Null where nothing was charged.")
    status: Literal["paid", "declined", "refunded"]
    amount: int
    failure_reason: str | None
    processed_at: str | None


class Shipment(Answer):
    """How the goods travel."""

    shipment_id: str
    carrier: str
    tracking_number: str | None = Field(description="For a pickup, the place on the shelf.")
    status: Literal["shipped", "ready_for_collection", "handed_over", "cancelled"]
    estimated_delivery: str | None


_ITEM = {
    "product_id": "coffee-beans-250g",
    "name": "Coffee beans 250 g",
    "quantity": "2",
    "unit_price": "8.99",
    "amount": 1798,
}
_SUMMARY: dict[str, Any] = {
    "order_id": _ID,
    "customer_id": _ID,
    "kind": "delivery",
    "status": "created",
    "total_amount": 1798,
    "currency": "EUR",
    "created_at": "2026-11-22T09:30:00.000000Z",
}


class OrderSummary(Answer):
    """An order in a list."""

    model_config = example(_SUMMARY)

    order_id: str
    customer_id: str
    kind: str
    status: str
    total_amount: int
    currency: str
    created_at: str


class OrderStep(Answer):
    """A step of its fulfilment, done or undone."""

    step: str
    direction: Literal["do", "undo"]
    status: str
    attempts: int
    started_at: str
    finished_at: str | None
    note: str | None
    errors: list[StepError]


class Order(Answer):
    """An order, whole."""

    model_config = example(
        {
            "order_id": _ID,
            "customer": {"customer_id": _ID, "name": "Ada Example", "email": "ada@example.org"},
            "kind": "delivery",
            "items": [_ITEM],
            "picked": None,
            "shipping_address": _ADDRESS,
            "payment": {
                "transaction_id": "tr-7",
                "status": "paid",
                "amount": 1798,
                "failure_reason": None,
                "processed_at": "2026-11-22T09:30:02.000000Z",
            },
            "shipment": None,
            "status": "paid",
            "reason": None,
            "total_amount": 1798,
            "currency": "EUR",
            "created_at": "2026-11-22T09:30:00.000000Z",
            "steps": [
                {
                    "step": "process_payment",
                    "direction": "do",
                    "status": "done",
                    "attempts": 1,
                    "started_at": "2026-11-22T09:30:01.000000Z",
                    "finished_at": "2026-11-22T09:30:02.000000Z",
                    "note": None,
                    "errors": [],
                }
            ],
        }
    )

    order_id: str
    customer: OrderCustomer
    kind: str
    items: list[OrderItem]
    picked: Picked | None = Field(description="Null before it was picked, and for a delivery.")
    shipping_address: ShippingAddress | None = Field(description="Null for a pickup, and once it has been erased.")
    payment: Payment | None
    shipment: Shipment | None
    status: str
    reason: str | None = Field(description="Why it is cancelled, failed, expired or stuck.")
    total_amount: int = Field(description="Minor units of `currency`; once picked, of what was picked.")
    currency: str
    created_at: str
    steps: list[OrderStep] = Field(description="What has been done and undone, with times, attempts and errors.")


class OrderCounts(Answer):
    """How many orders are under way."""

    model_config = example({"counts": {"awaiting_pick": 3, "stuck": 0}})

    counts: dict[str, int] = Field(description="By state; states in which an order stays for ever are not counted.")


class OrdersOfCustomer(Answer):
    """A page of one customer's orders, newest first."""

    model_config = example(
        {"customer_id": _ID, "orders": [_SUMMARY], "page": 1, "page_size": 20, "total_count": 1, "total_pages": 1}
    )

    customer_id: str
    orders: list[OrderSummary]
    page: int
    page_size: int
    total_count: int
    total_pages: int


class OrdersFound(Answer):
    """A page of what a search found."""

    model_config = example(
        {"query": "ada", "orders": [_SUMMARY], "page": 1, "page_size": 20, "total_count": 1, "total_pages": 1}
    )

    query: str
    orders: list[OrderSummary]
    page: int
    page_size: int
    total_count: int
    total_pages: int
