"""Imports on the wire: invoices of another system in, what became of each out."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from appliance.schemas.common import (
    TEXT_PATTERN,
    Amount,
    Answer,
    Body,
    GivenReason,
    Id,
    Name,
    Quantity,
    SignedQuantity,
    UnitPrice,
    example,
)

MAX_INVOICES = 10_000
MAX_PRODUCTS = 100_000

InvoiceNumber = Annotated[str, Field(pattern=r"^C?[0-9]{1,20}$", description="Digits; behind a C for a refund.")]
ImportedLine = Annotated[
    tuple[Id, Quantity, UnitPrice], Field(strict=False, description="Product, quantity, unit price.")
]
ImportedAdjustment = Annotated[
    tuple[Id, SignedQuantity, GivenReason], Field(strict=False, description="Product, change of its stock, reason.")
]


class ImportedInvoice(Body):
    """One invoice: a sale or an unlinked refund, and stock adjustments that stood on it."""

    number: InvoiceNumber
    refund: bool = False
    at: str = Field(
        pattern=r"^(19[7-9][1-9]|19[89]0|2[01][0-9]{2})-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$",
        description="The store's clock, without an offset.",
    )
    customer_id: Id | None = None
    country: str | None = Field(None, pattern=TEXT_PATTERN, max_length=64)
    paid: Amount = Field(0, description="What the lines come to by the file; the store refuses another sum.")
    lines: list[ImportedLine] = Field([])
    adjustments: list[ImportedAdjustment] = Field([])


class ImportedProduct(Body):
    """What to call a product the store does not know yet, and what it is."""

    product_id: Id
    name: Name
    kind: Literal["stocked", "service"]


_INVOICE: dict[str, Any] = {
    "number": "536365",
    "at": "2010-12-01T08:26:00",
    "customer_id": "17850",
    "country": "United Kingdom",
    "paid": 1530,
    "lines": [["85123A", "6", "2.55"]],
}
_PRODUCT = {"product_id": "85123A", "name": "WHITE HANGING HEART T-LIGHT HOLDER", "kind": "stocked"}


class SalesBatch(Body):
    """Invoices in the order they are to be booked, and the products they name."""

    model_config = example({"invoices": [_INVOICE], "products": [_PRODUCT]})

    invoices: list[ImportedInvoice] = Field(max_length=MAX_INVOICES)
    products: list[ImportedProduct] = Field(max_length=MAX_PRODUCTS)


class ImportedResult(Answer):
    """What became of one invoice."""

    number: str
    outcome: str = Field(description="booked, already_booked, booked_differently or refused.")
    total: int = Field(description="What the store holds for it in minor units; negative for a refund.")
    code: str = Field(description="Why it was refused; empty otherwise.")
    detail: str


class SalesImported(Answer):
    """What became of a batch, in its order."""

    model_config = example(
        {"results": [{"number": "536365", "outcome": "booked", "total": 1530, "code": "", "detail": ""}]}
    )

    results: list[ImportedResult]


class Standing(Answer):
    """What the store holds at this moment, counted twice, and how it counts money."""

    model_config = example(
        {"currency": "GBP", "exponent": 2, "timezone": "Europe/London", "store_total": 1530, "documents_total": 1530}
    )

    currency: str
    exponent: int
    timezone: str
    store_total: int = Field(description="The sum of all day reports.")
    documents_total: int = Field(description="Sales less refunds and voids, from the documents themselves.")
