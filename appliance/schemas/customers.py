"""Customers on the wire. What identifies a person is kept sealed and can be erased for good."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from appliance.schemas.common import TEXT_PATTERN, Answer, Body, example

_ID = "019aa9f0-5a10-7cc3-9d2b-6a4f0c1e2b3d"
_PERSONAL: dict[str, Any] = {"name": "Ada Example", "email": "ada@example.org", "phone": "+49 30 1234567"}


class RegisterCustomer(Body):
    """All that is known of a customer; what is left out is not kept from before."""

    model_config = example({**_PERSONAL, "country": "DE"})

    name: str = Field(pattern=TEXT_PATTERN, min_length=1, max_length=200)
    email: str = Field("", pattern=TEXT_PATTERN, max_length=254)
    phone: str = Field("", pattern=TEXT_PATTERN, max_length=64)
    country: str | None = Field(
        None, pattern=TEXT_PATTERN, max_length=64, description="Not personal: stays in reports."
    )


class CustomerRegistered(Answer):
    """A customer the store now knows; the personal data is not repeated."""

    model_config = example({"customer_id": _ID, "country": "DE", "version": 1, "position": 20})

    customer_id: str
    country: str | None
    version: int
    position: int


class Customer(Answer):
    """A customer; the personal data is null where it was not given or has been erased."""

    model_config = example({"customer_id": _ID, **_PERSONAL, "country": "DE", "erased": False, "version": 1})

    customer_id: str
    name: str | None
    email: str | None
    phone: str | None
    country: str | None
    erased: bool
    version: int


class CustomerErased(Answer):
    """The key to the customer's personal data has been destroyed."""

    model_config = example({"customer_id": _ID, "erased": True})

    customer_id: str
    erased: bool


_TOLD: dict[str, Any] = {
    "type": "customer.registered",
    "position": 20,
    "occurred_at": "2026-11-22T09:30:00.000000Z",
    "data": {"customer_id": _ID, "personal": _PERSONAL, "country": "DE"},
}


class Told(Answer):
    """One thing that was recorded; what stands sealed in the log is opened, or null where it was erased."""

    model_config = example(_TOLD)

    type: str
    position: int
    occurred_at: str
    data: dict[str, Any]


class ExportedOrder(Answer):
    """An order and all that happened to it."""

    model_config = example({"order_id": _ID, "events": [_TOLD]})

    order_id: str
    events: list[Told]


class CustomerExport(Answer):
    """All that is known of a customer."""

    model_config = example(
        {"customer_id": _ID, "customer": [_TOLD], "orders": [{"order_id": _ID, "events": [_TOLD]}], "documents": []}
    )

    customer_id: str
    customer: list[Told]
    orders: list[ExportedOrder]
    documents: list[Told] = Field(description="Sales and refunds in their name.")
