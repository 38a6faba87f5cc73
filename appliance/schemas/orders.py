"""Orders on the wire."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from appliance.schemas.common import (
    MAX_LINES,
    TEXT_PATTERN,
    Answer,
    Body,
    Currency,
    Id,
    Quantity,
    Reason,
    UnitPrice,
    example,
)

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


class OrderPlaced(Answer):
    """What became of an order just now."""

    model_config = example({"order_id": _ID, "status": "created", "message": "The order has been created."})

    order_id: str
    status: str
    message: str


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

    transaction_id: str
    status: str
    amount: int
    failure_reason: str | None
    processed_at: str | None


class Shipment(Answer):
    """How the goods travel."""

    shipment_id: str
    carrier: str
    tracking_number: str | None
    status: str
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


class Order(Answer):
    """An order, whole."""

    model_config = example(
        {
            "order_id": _ID,
            "customer": {"customer_id": _ID, "name": "Ada Example", "email": "ada@example.org"},
            "kind": "delivery",
            "items": [_ITEM],
            "shipping_address": _ADDRESS,
            "payment": None,
            "shipment": None,
            "status": "created",
            "total_amount": 1798,
            "currency": "EUR",
            "created_at": "2026-11-22T09:30:00.000000Z",
        }
    )

    order_id: str
    customer: OrderCustomer
    kind: str
    items: list[OrderItem]
    shipping_address: ShippingAddress | None = Field(description="Null for a pickup, and once it has been erased.")
    payment: Payment | None
    shipment: Shipment | None
    status: str
    total_amount: int = Field(description="Minor units of `currency`.")
    currency: str
    created_at: str


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
