"""Sales, voids and refunds on the wire."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from appliance.schemas.common import (
    MAX_LINES,
    MAX_TENDERS,
    Answer,
    Body,
    Currency,
    GivenReason,
    Id,
    Percent,
    Person,
    PositiveAmount,
    Quantity,
    Reason,
    Reference,
    UnitPrice,
    example,
)

TenderType = Literal["cash", "card", "voucher", "account", "other"]
SaleStatus = Literal["completed", "voided", "partly_refunded", "refunded"]

DocumentKind = Literal["sale", "void", "refund"]

_BARCODE = Field(None, max_length=64, description="As scanned; labels with a price or weight in them are understood.")

# --- bodies ---------------------------------------------------------------------------------------------------


class DiscountGiven(Body):
    """Something off a line."""

    kind: Literal["amount", "percent"]
    amount: PositiveAmount | None = Field(None, description="What comes off, for kind amount.")
    percent: Percent | None = Field(None, description="What part comes off, for kind percent.")
    reason: Reason = ""
    approved_by: Person | None = None


class LineRungUp(Body):
    """A product by its id or by the code that was scanned: one of the two."""

    product_id: Id | None = None
    barcode: str | None = _BARCODE
    quantity: Quantity = "1"
    unit_price: UnitPrice | None = Field(None, description="Left out: the price in force. Another needs the right to.")
    discounts: list[DiscountGiven] = Field(default_factory=list, max_length=10)


class TenderGiven(Body):
    """Money handed over; the change is worked out by the store."""

    type: TenderType
    amount: PositiveAmount
    reference: Reference | None = Field(None, description="The terminal's or the voucher's own number.")
    offline: bool = Field(False, description="Taken without asking the provider.")


_SALE = {
    "register_id": "till-1",
    "client_ref": "till-1/2026-11-22/0042",
    "currency": "EUR",
    "lines": [
        {"product_id": "coffee-beans-250g", "quantity": "2"},
        {"barcode": "4006381333931"},
        {
            "product_id": "apples-loose",
            "quantity": "0.735",
            "discounts": [{"kind": "percent", "percent": "10", "reason": "bruised"}],
        },
    ],
    "tenders": [{"type": "cash", "amount": 5000}],
    "operator": "anna",
}


class RingUpSale(Body):
    """One sale, whole: what was sold and how it was paid."""

    model_config = example(_SALE)

    register_id: Id
    client_ref: Reference | None = Field(None, description="The till's own number for the sale; unique a register.")
    currency: Currency
    lines: list[LineRungUp] = Field(min_length=1, max_length=MAX_LINES)
    tenders: list[TenderGiven] = Field(default_factory=list, max_length=MAX_TENDERS)
    customer_id: Id | None = None
    operator: Person | None = None
    approved_by: Person | None = None
    price_override_reason: Reason = ""


class VoidSale(Body):
    """Undo a sale of today, whole."""

    model_config = example({"register_id": "till-1", "reason": "rang up the wrong basket", "approved_by": "bea"})

    register_id: Id
    reason: GivenReason
    operator: Person | None = None
    approved_by: Person | None = None


class LineRefunded(Body):
    """So much of one of the sale's lines."""

    line: int = Field(description="The sale's own line number.", ge=1, le=MAX_LINES)
    quantity: Quantity


class RefundSale(Body):
    """Give money back against a sale; without `lines`, all that is left of it."""

    model_config = example(
        {
            "register_id": "till-1",
            "lines": [{"line": 1, "quantity": "1"}],
            "tenders": [{"type": "cash", "amount": 899}],
            "reason": "package torn",
        }
    )

    register_id: Id
    client_ref: Reference | None = None
    lines: list[LineRefunded] | None = Field(None, min_length=1, max_length=MAX_LINES)
    tenders: list[TenderGiven] = Field(default_factory=list, max_length=MAX_TENDERS)
    reason: GivenReason
    restock: bool = Field(True, description="Whether the goods went back on the shelf.")
    operator: Person | None = None
    approved_by: Person | None = None


class RefundUnlinked(Body):
    """Give money back for goods whose sale nobody can name."""

    model_config = example(
        {
            "register_id": "till-1",
            "currency": "EUR",
            "lines": [{"product_id": "coffee-beans-250g", "quantity": "1"}],
            "tenders": [{"type": "cash", "amount": 899}],
            "reason": "no receipt",
            "approved_by": "bea",
        }
    )

    register_id: Id
    client_ref: Reference | None = None
    currency: Currency
    lines: list[LineRungUp] = Field(min_length=1, max_length=MAX_LINES)
    tenders: list[TenderGiven] = Field(default_factory=list, max_length=MAX_TENDERS)
    reason: GivenReason
    restock: bool = Field(True, description="Whether the goods went back on the shelf.")
    customer_id: Id | None = None
    operator: Person | None = None
    approved_by: Person | None = None


# --- answers --------------------------------------------------------------------------------------------------


class TaxPart(Answer):
    """The tax in a line: base + amount is what the line costs."""

    code: str
    rate: str
    inclusive: bool
    base: int
    amount: int


class Discount(Answer):
    """What came off a line, and why."""

    kind: str
    amount: int
    reason: str
    percent: str | None
    approved_by: str | None


class SaleLine(Answer):
    """A line as it was booked."""

    line: int
    product_id: str
    name: str
    quantity: str
    unit_price: str
    amount: int
    tax: list[TaxPart]
    stocked: bool
    code: str | None
    list_price: str | None
    price_list: str | None
    discounts: list[Discount]


class Tender(Answer):
    """Money that changed hands: `amount` was given, `change` handed back."""

    type: str
    amount: int
    change: int
    reference: str | None
    offline: bool


class Document(Answer):
    """What all documents of a register have. total + rounding = what was kept of the tenders."""

    position: int = Field(description="Its place in the log.")
    version: int = Field(description="The version of the sale it belongs to; what the ETag says.")
    occurred_at: str = Field(description="UTC, RFC 3339.")
    register_id: str
    receipt_number: str
    business_date: str
    local_time: str = Field(description="The store's clock, with its offset.")
    clock_trusted: bool
    currency: str
    lines: list[SaleLine]
    tenders: list[Tender]
    total: int
    rounding: int
    operator: str | None
    approved_by: str | None


_TAX = {"code": "standard", "rate": "19", "inclusive": True, "base": 1511, "amount": 287}
_LINE: dict[str, Any] = {
    "line": 1,
    "product_id": "coffee-beans-250g",
    "name": "Coffee beans 250 g",
    "quantity": "2",
    "unit_price": "8.99",
    "amount": 1798,
    "tax": [_TAX],
    "stocked": True,
    "code": None,
    "list_price": "8.99",
    "price_list": "product",
    "discounts": [],
}
_HEAD: dict[str, Any] = {
    "occurred_at": "2026-11-22T09:30:00.000000Z",
    "register_id": "till-1",
    "business_date": "2026-11-22",
    "local_time": "2026-11-22T10:30:00+01:00",
    "clock_trusted": True,
    "currency": "EUR",
    "lines": [_LINE],
    "tenders": [{"type": "cash", "amount": 2000, "change": 202, "reference": None, "offline": False}],
    "total": 1798,
    "rounding": 0,
    "operator": "anna",
    "approved_by": None,
}
_ID = "019aa9f0-5a10-7cc3-9d2b-6a4f0c1e2b3d"
_SALE_ONLY: dict[str, Any] = {
    "sale_id": _ID,
    "receipt_number": "till-1-1-42",
    "client_ref": "till-1/2026-11-22/0042",
    "customer_id": None,
    "price_override_reason": "",
}


class Sale(Document):
    """A sale as it was booked."""

    model_config = example({"position": 1042, "version": 1, **_HEAD, **_SALE_ONLY})

    sale_id: str
    client_ref: str | None
    customer_id: str | None
    price_override_reason: str


class SaleVoid(Document):
    """The document that undid a sale; its amounts are the sale's."""

    model_config = example(
        {
            "position": 1043,
            "version": 2,
            **_HEAD,
            "sale_id": _ID,
            "receipt_number": "till-1-1-43",
            "voided_receipt": "till-1-1-42",
            "reason": "rang up the wrong basket",
        }
    )

    sale_id: str
    voided_receipt: str
    reason: str


class Refund(Document):
    """Money back, all amounts positive; `sale_id` is null where no sale was named."""

    model_config = example(
        {
            "position": 1044,
            "version": 2,
            **_HEAD,
            "tenders": [{"type": "cash", "amount": 1798, "change": 0, "reference": None, "offline": False}],
            "refund_id": "019aa9f1-0b20-7aa1-8c2b-1a4f0c1e2b3d",
            "sale_id": _ID,
            "receipt_number": "till-1-1-43",
            "client_ref": None,
            "reason": "package torn",
            "restock": True,
            "customer_id": None,
        }
    )

    refund_id: str
    sale_id: str | None
    client_ref: str | None
    reason: str
    restock: bool
    customer_id: str | None


class SaleDetail(Sale):
    """A sale as it was booked, what has become of it, and the documents that name it."""

    model_config = example(
        {"position": 1042, "version": 1, **_HEAD, **_SALE_ONLY, "status": "completed", "void": None, "refunds": []}
    )

    status: SaleStatus
    void: SaleVoid | None
    refunds: list[Refund]


class DocumentSummary(Answer):
    """A document in a list. A void has no id of its own: it carries its sale's."""

    model_config = example(
        {
            "position": 1042,
            "kind": "sale",
            "id": _ID,
            "sale_id": _ID,
            "register_id": "till-1",
            "receipt_number": "till-1-1-42",
            "client_ref": "till-1/2026-11-22/0042",
            "business_date": "2026-11-22",
            "occurred_at": "2026-11-22T09:30:00.000000Z",
            "total": 1798,
            "status": "completed",
            "customer_id": None,
            "refunded": 0,
        }
    )

    position: int
    kind: DocumentKind
    id: str
    sale_id: str | None
    register_id: str
    receipt_number: str
    client_ref: str | None
    business_date: str
    occurred_at: str
    total: int
    status: SaleStatus
    customer_id: str | None
    refunded: int
