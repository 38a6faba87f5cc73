"""What came of working on a saga's message once, as the loop tells it to the writer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Did:
    """The action, or the compensation, was carried out. `found`: that was learned by asking."""

    result: Mapping[str, Any]
    started_at: str
    found: bool = False


@dataclass(frozen=True, slots=True)
class DidAfterAll:
    """While undoing: the step whose outcome was unknown had been carried out, so it is to be taken back."""

    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NeverDid:
    """While undoing: the step whose outcome was unknown had not been carried out and never will be."""

    note: str


@dataclass(frozen=True, slots=True)
class Absent:
    """While undoing: the provider does not know of the step; a call may still be on its way."""


@dataclass(frozen=True, slots=True)
class Pending:
    """The provider is still at it."""


@dataclass(frozen=True, slots=True)
class Failed:
    """An attempt came to nothing, or, where `unknown`, to nobody knows what."""

    code: str
    detail: str
    unknown: bool
    started_at: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A definite no."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Held:
    """It could not be sent; worth another look after so long."""

    code: str
    detail: str
    after_s: float


@dataclass(frozen=True, slots=True)
class Due:
    """Nothing was called: a timer went off, a deadline has passed, or somebody asked for a cancellation."""


@dataclass(frozen=True, slots=True)
class Broken:
    """What the outcome means could not be recorded: its effect was refused, or has a defect."""

    code: str
    detail: str


Outcome = Did | DidAfterAll | NeverDid | Absent | Pending | Failed | Refused | Held | Due | Broken
