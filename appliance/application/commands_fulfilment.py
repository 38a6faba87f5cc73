"""What the store can be asked to do for an order that is under way; see `appliance.application.commands`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# --- goods held back -----------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class ReservedLine:
    """So much of one product is to be held."""

    product_id: str
    quantity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveStock:
    """Hold all of it for an order, or nothing."""

    reservation_id: str
    order_id: str
    lines: tuple[ReservedLine, ...]
    expires_in_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseStock:
    """Let go of whatever a reservation still holds."""

    reservation_id: str
    reason: str = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireReservations:
    """Give back what is held past its time; at most `limit` reservations at once."""

    limit: int = 100


# --- what staff do -------------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class PickedLine:
    """What was found of one line of the order, and what stands in for the rest."""

    line: int  # of the order, from 1
    picked: str  # zero or more
    substitute_id: str | None = None
    substitute_quantity: str | None = None  # nothing: all that is short


@dataclass(frozen=True, slots=True, kw_only=True)
class PickOrder:
    """Say what was picked; a line that is not named was there as ordered."""

    order_id: str
    lines: tuple[PickedLine, ...] = ()
    operator: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverOrder:
    """Give a pickup to its customer."""

    order_id: str
    operator: str | None = None
    expected_version: int | None = None


# --- what the store does by itself where nobody else is asked ----------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDeed:
    """Keep that something was done, under the key it was asked for: its receipt is all there is of it.

    `kind` is "charge", "refund", "shipment", "shipment-cancelled" or "message"; `facts` are what the answer is made of.
    """

    kind: str
    facts: Mapping[str, str] = field(default_factory=dict)


FulfilmentCommand = ReserveStock | ReleaseStock | ExpireReservations | PickOrder | HandOverOrder | RecordDeed
