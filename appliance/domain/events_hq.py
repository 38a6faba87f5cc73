"""What a store records of what head office sends down: commands, recalls, closed registers, price lists, policies.

Every outcome of a command is an event that names the command, so head office reads in the log itself what became of
what it sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandApplied:
    """A command of head office was carried out: its events are those from `first_position` to `last_position`."""

    command_id: str
    sequence: int  # in HQ_COMMANDS
    type: str
    sha256: str  # of the message, hex: the same id with other content is another command
    first_position: int | None = None  # nothing: it asked for what was so already
    last_position: int | None = None
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRefused:
    """A command was not carried out and never will be under this id; one that cannot be read has no id or type."""

    command_id: str | None
    sequence: int
    type: str | None
    sha256: str
    reason: str  # a stable code
    detail: str
    at: str | None = None  # JSON pointer into the command


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRecalled:
    """The product may not be sold until the recall is lifted, whatever else is defined of it."""

    product_id: str
    recall_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallLifted:
    product_id: str
    recall_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterShut:
    """No new sale on the register until it is reopened; its drawer is counted and closed as ever."""

    register_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterReopened:
    register_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockTransferred:
    """Goods that came from another store (`quantity` above zero) or went to it: no loss, no purchase."""

    product_id: str
    quantity: str  # signed
    transfer_id: str
    other_store: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceListRefused:
    """A price list of head office that cannot be used; the prices in force stay."""

    version: str | None
    key: str  # of the manifest, in CATALOGUE
    fingerprint: str  # of the manifest and its parts: the same again is not refused twice
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChanged:
    """A policy as it now is. `value` is JSON; null means that this scope says nothing of it any more."""

    scope: str  # "common" or "store" (head office's buckets), or "command"
    key: str
    value: Any
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsRefused:
    """A policy that cannot be used; the one in force stays."""

    scope: str
    key: str
    fingerprint: str  # of key and value: the same again is not refused twice
    reason: str
    detail: str
    revision: int = 0


HeadOfficeEvent = (
    CommandApplied
    | CommandRefused
    | ProductRecalled
    | RecallLifted
    | RegisterShut
    | RegisterReopened
    | StockTransferred
    | PriceListRefused
    | SettingsChanged
    | SettingsRefused
)
