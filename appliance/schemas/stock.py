"""Stock on the wire."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from appliance.schemas.common import (
    MAX_LINES,
    TEXT_PATTERN,
    Answer,
    Body,
    CountedQuantity,
    GivenReason,
    Id,
    Quantity,
    Reason,
    SignedQuantity,
    example,
)

_ID = "019aa9f0-5a10-7cc3-9d2b-6a4f0c1e2b3d"


class ReceivedLine(Body):
    """Goods of one product that came in."""

    product_id: Id
    quantity: Quantity


class ReceiveStock(Body):
    """Book goods in."""

    model_config = example(
        {"reference": "delivery 4711", "lines": [{"product_id": "coffee-beans-250g", "quantity": "24"}]}
    )

    reference: str = Field("", pattern=TEXT_PATTERN, max_length=128, description="The delivery note's number.")
    lines: list[ReceivedLine] = Field(min_length=1, max_length=MAX_LINES)


class CountedLine(Body):
    """What a person found of one product."""

    product_id: Id
    counted: CountedQuantity


class CountStock(Body):
    """Set the book stock to what was found; each product once."""

    model_config = example(
        {"reason": "year-end count", "lines": [{"product_id": "coffee-beans-250g", "counted": "23"}]}
    )

    reason: Reason = ""
    lines: list[CountedLine] = Field(min_length=1, max_length=MAX_LINES)


class AdjustedLine(Body):
    """A change of one product's book stock."""

    product_id: Id
    quantity: SignedQuantity
    reason: GivenReason


class AdjustStock(Body):
    """Change the book stock by hand, each line for its reason."""

    model_config = example(
        {"lines": [{"product_id": "coffee-beans-250g", "quantity": "-1", "reason": "package burst"}]}
    )

    lines: list[AdjustedLine] = Field(min_length=1, max_length=MAX_LINES)


class StockMoved(Answer):
    """What was done to one product's book stock."""

    product_id: str
    quantity: str = Field(description="By how much the book changed; of either sign.")
    position: int


_MOVED: dict[str, Any] = {"product_id": "coffee-beans-250g", "quantity": "24", "position": 18}


class StockBooked(Answer):
    """What a delivery, a count or an adjustment did, line by line."""

    model_config = example({"id": _ID, "lines": [_MOVED]})

    id: str
    lines: list[StockMoved]


class StockLevel(Answer):
    """How much of a product the book says is here."""

    model_config = example(
        {
            "product_id": "coffee-beans-250g",
            "name": "Coffee beans 250 g",
            "on_hand": "22",
            "reserved": "0",
            "available": "22",
            "oversold": False,
            "oversold_since": None,
            "position": 1042,
        }
    )

    product_id: str
    name: str | None
    on_hand: str
    reserved: str
    available: str
    oversold: bool = Field(description="More was sold than the book had: count the shelf.")
    oversold_since: int | None = Field(description="The position of the event that took the book below zero.")
    position: int = Field(description="The last event that moved it; 0 where none has.")


class StockMovement(Answer):
    """One movement of a product's stock."""

    model_config = example(
        {
            "position": 1042,
            "kind": "sale",
            "quantity": "-2",
            "reference": _ID,
            "occurred_at": "2026-11-22T09:30:00.000000Z",
        }
    )

    position: int
    kind: str = Field(description="sale, void, refund, received, counted, adjusted or transferred.")
    quantity: str
    reference: str
    occurred_at: str
