"""Registers and their drawers on the wire."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from appliance.schemas.common import Amount, Answer, Body, GivenReason, Name, Person, PositiveAmount, Reason, example


class AddRegister(Body):
    """A till the store now has, under the id its receipts carry."""

    model_config = example({"name": "Front till"})

    name: Name


class OpenDrawer(Body):
    """Begin the day with cash in the drawer."""

    model_config = example({"opening_float": 10000, "operator": "anna"})

    opening_float: Amount
    operator: Person | None = None


class MoveCash(Body):
    """Cash that no sale brought or refund took."""

    model_config = example({"amount": 20000, "reason": "to the safe", "operator": "anna"})

    amount: PositiveAmount
    reason: GivenReason
    operator: Person | None = None


class CountDrawer(Body):
    """What is in the drawer now."""

    model_config = example({"counted": 31250, "operator": "anna"})

    counted: Amount
    operator: Person | None = None


class CloseDrawer(Body):
    """Make the Z report."""

    model_config = example({"counted": 31250, "reason": "", "operator": "anna"})

    counted: Amount
    reason: Reason = Field("", description="Why counted and expected differ, where they do.")
    operator: Person | None = None


_REGISTER: dict[str, Any] = {"register_id": "till-1", "name": "Front till"}


class RegisterAdded(Answer):
    """A register as it was written down."""

    model_config = example({**_REGISTER, "version": 1})

    register_id: str
    name: str
    version: int | None = Field(description="Null where it had this very name already, and nothing was written.")


class Register(Answer):
    """A register and the state of its drawer."""

    model_config = example({**_REGISTER, "session": 7, "drawer_open": True, "shut": None, "version": 19})

    register_id: str
    name: str
    session: int = Field(description="The present drawer session; the Z report that ends it has this number.")
    drawer_open: bool
    shut: str | None = Field(description="Why head office has closed it; null where it sells.")
    version: int


class DrawerMoved(Answer):
    """What was done with a drawer; fields that the action does not have are null."""

    model_config = example(
        {
            "register_id": "till-1",
            "session": 7,
            "action": "paid_out",
            "amount": 20000,
            "reason": "to the safe",
            "operator": "anna",
            "approved_by": None,
            "position": 1045,
            "version": 20,
        }
    )

    register_id: str
    session: int
    action: str = Field(description="opened, paid_in, paid_out or counted.")
    amount: int = Field(description="The float, the cash moved, or what was counted.")
    reason: str | None
    operator: str | None
    approved_by: str | None
    position: int
    version: int


class TenderTotal(Answer):
    """What came in by one kind of tender, net of change, voids and refunds."""

    type: str
    count: int
    amount: int


_TOTALS: dict[str, Any] = {
    "opening_float": 10000,
    "paid_in": 0,
    "paid_out": 20000,
    "sales_count": 31,
    "sales_amount": 41250,
    "refunds_count": 0,
    "refunds_amount": 0,
    "voids_count": 0,
    "voids_amount": 0,
    "tenders": [{"type": "cash", "count": 31, "amount": 41250}],
    "expected": 31250,
}


class DrawerReport(Answer):
    """The X report: the present session so far. `expected` is the cash that should be in the drawer."""

    model_config = example(
        {
            **_REGISTER,
            "session": 7,
            "drawer_open": True,
            "after_position": 980,
            "business_date": "2026-11-22",
            "opened_at": "2026-11-22T07:55:00.000000Z",
            **_TOTALS,
            "counted": None,
            "version": 20,
        }
    )

    register_id: str
    name: str
    session: int
    drawer_open: bool
    after_position: int = Field(description="The position of the last Z report; 0 before the first.")
    business_date: str | None
    opened_at: str | None
    opening_float: int
    paid_in: int
    paid_out: int
    sales_count: int
    sales_amount: int
    refunds_count: int
    refunds_amount: int
    voids_count: int
    voids_amount: int
    tenders: list[TenderTotal]
    expected: int
    counted: int | None = Field(description="The last count in this session.")
    version: int


class DrawerClosed(Answer):
    """The Z report: everything on the register since the last one, closed by position and never by time."""

    model_config = example(
        {
            "register_id": "till-1",
            "session": 7,
            "after_position": 980,
            "position": 1046,
            "business_date": "2026-11-22",
            **_TOTALS,
            "counted": 31250,
            "difference": 0,
            "reason": "",
            "operator": "anna",
            "approved_by": None,
            "version": 21,
        }
    )

    register_id: str
    session: int
    after_position: int
    position: int
    business_date: str
    opening_float: int
    paid_in: int
    paid_out: int
    sales_count: int
    sales_amount: int
    refunds_count: int
    refunds_amount: int
    voids_count: int
    voids_amount: int
    tenders: list[TenderTotal]
    expected: int
    counted: int
    difference: int
    reason: str
    operator: str | None
    approved_by: str | None
    version: int
