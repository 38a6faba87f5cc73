"""What head office alone asks of a store; the rest of what it sends are the commands that everybody uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from appliance.domain.events import ListPrice


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallProduct:
    """Let a product be sold no more until the recall is lifted."""

    recall_id: str
    product_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftRecall:
    """Let a product that was called back be sold again."""

    recall_id: str
    product_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShutRegister:
    """Take no more sales on a register."""

    register_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenRegister:
    """Take sales on a register again."""

    register_id: str
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class TransferredLine:
    """Goods of one product that move between stores."""

    product_id: str
    quantity: str  # positive


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferStock:
    """Book goods that came from another store, or went to it."""

    transfer_id: str
    other_store: str
    incoming: bool
    lines: tuple[TransferredLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePolicy:
    """Set a policy, or (`value` None) take back what this scope said of it."""

    scope: str
    key: str
    value: Any
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusePolicy:
    """Write down that a policy of head office cannot be used; once for the same value."""

    scope: str
    key: str
    fingerprint: str
    reason: str
    detail: str
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePrices:
    """Put one part of a price list into the log; nothing of it is in force yet."""

    version: str
    part: int  # from 1
    prices: tuple[ListPrice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivatePrices:
    """Put a price list in force whose parts are all staged."""

    version: str
    valid_from: str
    parts: int
    products: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusePrices:
    """Write down that a price list of head office cannot be used; once for the same list."""

    key: str
    version: str | None
    fingerprint: str
    reason: str
    detail: str


HeadOfficeCommand = (
    RecallProduct
    | LiftRecall
    | ShutRegister
    | ReopenRegister
    | TransferStock
    | ChangePolicy
    | RefusePolicy
    | StagePrices
    | ActivatePrices
    | RefusePrices
)
