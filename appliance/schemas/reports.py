"""Reports on the wire: sums by business day."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from appliance.schemas.common import Answer, example


class Sum(Answer):
    """How many, and how much in minor units."""

    count: int
    amount: int


class TenderSum(Answer):
    """What was taken by one kind of tender, net of change, voids and refunds."""

    type: str
    count: int
    amount: int


class TaxSum(Answer):
    """The tax at one rate, net of voids and refunds."""

    code: str
    rate: str
    lines: int
    base: int
    amount: int


class HourSum(Answer):
    """One hour of the store's clock, net of voids and refunds."""

    hour: str
    sales: int
    amount: int


class DiscountSum(Answer):
    """What one kind of discount took off, net of what came back."""

    kind: str
    count: int
    amount: int


_DAY: dict[str, Any] = {
    "business_date": "2026-11-22",
    "currency": "EUR",
    "sales": {"count": 31, "amount": 41250},
    "refunds": {"count": 1, "amount": 899},
    "voids": {"count": 0, "amount": 0},
    "total": 40351,
}


class DayTotal(Answer):
    """What a business day came to; total = sales - refunds - voids."""

    model_config = example(_DAY)

    business_date: str
    currency: str
    sales: Sum
    refunds: Sum
    voids: Sum
    total: int


class DayReport(Answer):
    """A business day, by tender, by tax rate, hour by hour."""

    model_config = example(
        {
            **_DAY,
            "rounding": 0,
            "tenders": [{"type": "cash", "count": 32, "amount": 40351}],
            "taxes": [{"code": "standard", "rate": "19", "lines": 74, "base": 33909, "amount": 6442}],
            "hours": [{"hour": "10", "sales": 31, "amount": 40351}],
            "discounts": [],
        }
    )

    business_date: str
    currency: str
    sales: Sum
    refunds: Sum
    voids: Sum
    total: int = Field(description="sales - refunds - voids, before cash rounding.")
    rounding: int = Field(description="What rounding to the smallest coin added.")
    tenders: list[TenderSum]
    taxes: list[TaxSum]
    hours: list[HourSum]
    discounts: list[DiscountSum]
