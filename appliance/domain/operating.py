"""Settings of the box's daily work that head office may set, each within bounds that leave the store able to sell.

The names are those of the settings file. The bounds are narrower than the box's own: a slip of the pen at head office
reaches every store at once, and must not lock out the tills of any. What is left out belongs to the box, for a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from appliance.domain.refusals_hq import InvalidPolicy
from appliance.domain.text import MAX_ID

Check = Callable[[Any], None]
"""Raises InvalidPolicy where a value cannot be used."""


@dataclass(frozen=True, slots=True)
class Between:
    """A number, whole where told so, from `least` to `most`."""

    least: float
    most: float
    whole: bool = False

    def __call__(self, value: Any) -> None:
        """Refuse anything else; true and false are no numbers."""
        kinds = (int,) if self.whole else (int, float)
        if type(value) not in kinds or not self.least <= value <= self.most:
            raise InvalidPolicy(f"It must be {self.words}, not {shown(value)}.", at="/value")

    @property
    def words(self) -> str:
        """The same, for people."""
        return f"a {'whole ' if self.whole else ''}number from {self.least} to {self.most}"


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few words."""

    options: tuple[str, ...]

    def __call__(self, value: Any) -> None:
        """Refuse anything else."""
        if value not in self.options:
            raise InvalidPolicy(f"It must be {self.words}, not {shown(value)}.", at="/value")

    @property
    def words(self) -> str:
        """The same, for people."""
        return "one of " + ", ".join(self.options)


CHECKS: Mapping[str, Between | OneOf] = {
    "orders.pick_days": Between(0.05, 365),
    "orders.pick_late_hours": Between(0.1, 720),
    "orders.collect_days": Between(0.05, 365),
    "scrub.period_hours": Between(1, 744),  # a month at the most
    "limits.connections": Between(64, 65_536, whole=True),
    "limits.connections_per_address": Between(16, 65_536, whole=True),
    "limits.receive_seconds": Between(2, 15),
    "limits.device_per_second": Between(10, 100_000),
    "limits.total_per_second": Between(100, 1_000_000),
    "limits.stranger_per_second": Between(1, 10_000),
    "access.session_idle_minutes": Between(1, 1_440, whole=True),
    "access.session_hours": Between(1, 24, whole=True),
    "logging.level": OneOf(("debug", "info", "warning", "error")),
}

LEFT_TO_THE_BOX: Mapping[str, str] = {
    "data_dir": "where the data lies is decided on the machine",
    "machine_id": "who the machine is is decided on the machine",
    "mode": "a training store is one from its beginning",
    "store.id": "who the store is stands in its log",
    "store.name": "it takes a new start, so it stands in the box's own file",
    "store.currency": "in which money the store counts stands in its log",
    "http": "where the store listens is decided on the machine",
    "tls": "where the store listens, and with which certificate, is decided on the machine",
    "lan": "whether the network is told of the store is decided on the machine",
    "scrub.enabled": "whether the log is looked through at all is decided on the machine",
    "sagas": "it takes a new start, so it stands in the box's own file",
    "backup": "a backup that is given up never comes back, so the box decides what is kept, and where",
    "access.step_up": "whether a name must be proven by a PIN is decided in the store",
    "access.pepper_file": "where secrets lie is decided on the machine",
    "orders.register_id": "receipt numbers hang on it",
    "integration": "who is called, with which secret, is decided on the machine",
    "sync": "where head office is, and as whom the store speaks there, is decided on the machine",
    "tracing": "where the store sends what it measures is decided on the machine",
    "upgrade": "it takes a new start, so it stands in the box's own file",
}
"""Why not, by setting or by section; tests see to it that every setting is in one of the two tables."""


def why_not(key: str) -> str | None:
    """Why head office may not set this; None where it is no setting at all."""
    parts = key.split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((LEFT_TO_THE_BOX[name] for name in names if name in LEFT_TO_THE_BOX), None)


def shown(value: Any) -> str:
    """A value as a refusal quotes it."""
    return repr(value)[:MAX_ID]
