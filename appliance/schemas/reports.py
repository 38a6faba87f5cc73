"""Reports on the wire: sums by business day."""

from __future__ import annotations

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
    """The tax at one rate, net of voids and refunds; `count` is of lines."""

    code: str
    rate: str
    count: int
    base: int
    amount: int


class HourSum(Answer):
    """One hour of the store's clock: how many sales, and what came in net of voids and refunds."""

    hour: str
    count: int
    amount: int


class DiscountSum(Answer):
    """What one kind of discount took off, net of what came back."""

    kind: str
    count: int
    amount: int


class DayTotal(Answer):
    """What a business day came to in one figure, and how many sales it had."""

    model_config = example({"date": "2026-11-22", "currency": "EUR", "total": 40351, "sales": 31})

    date: str
    currency: str
    total: int = Field(description="sales - refunds - voids, before cash rounding.")
    sales: int


class DayReport(Answer):
    """A business day, by tender, by tax rate, hour by hour. A day on which nothing was booked is all nothing."""

    model_config = example(
        {
            "date": "2026-11-22",
            "currency": "EUR",
            "total": 40351,
            "sales": {"count": 31, "amount": 41250},
            "refunds": {"count": 1, "amount": 899},
            "voids": {"count": 0, "amount": 0},
            "rounding": {"count": 0, "amount": 0},
            "tenders": [{"type": "cash", "count": 32, "amount": 40351}],
            "taxes": [{"code": "standard", "rate": "19", "count": 74, "base": 33909, "amount": 6442}],
            "hours": [{"hour": "10", "count": 31, "amount": 40351}],
            "discounts": [],
        }
    )

    date: str
    currency: str
    total: int = Field(description="sales - refunds - voids, before cash rounding.")
    sales: Sum
    refunds: Sum
    voids: Sum
    rounding: Sum = Field(description="What rounding to the smallest coin added.")
    tenders: list[TenderSum]
    taxes: list[TaxSum]
    hours: list[HourSum]
    discounts: list[DiscountSum]
