"""What one console is told when it starts: where the store is, how it should look and in which language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from tui.client import Address

LOCK_AFTER_SECONDS = 300.0  # somebody who walked away to fetch something is back by then
ASK_HQ_EVERY_SECONDS = 10.0  # the way to head office is no event, so it is asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One console's settings."""

    address: Address
    locale: str = "en"
    low_bandwidth: bool = False
    """Fewer repaints and no animation, for a slow line."""
    theme: str | None = None
    lock_after_s: float = LOCK_AFTER_SECONDS
    register: str | None = None
    """The till this console stands for, where its device is bound to none."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Other keys for bindings, by their id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """What the store says of itself and of this console."""

    name: str = ""
    currency: str = "EUR"
    decimals: int = 2
    timezone: str = "UTC"
    business_date: str = ""
    operators: bool = False
    register_id: str | None = None
    role: str = "cashier"

    @property
    def zone(self) -> ZoneInfo:
        """The zone that its people live in."""
        return ZoneInfo(self.timezone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who works at this console: an operator, or the device alone in a store without operators."""

    role: str
    operator_id: str | None = None
    name: str = ""
