"""Who works here and who was let in, as it stands in the log: names and roles, never a PIN, a token or a hash of one.

Operators are events so that head office and a replacement box know them; refusals are told at most once a minute for
each subject, so that a flood of them fills neither the log nor head office.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorAdded:
    """Somebody works here, under this role; one who was disabled works here again."""

    operator_id: str
    name: str
    role: str  # "cashier", "supervisor", "manager", "support", "hq"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorRoleChanged:
    operator_id: str
    role: str
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorDisabled:
    """From here on nobody gets in under this name."""

    operator_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorPinSet:
    """The operator has a new PIN; nothing here tells which."""

    operator_id: str
    by_code: bool = False  # whether the operator set it with a one-time code


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened:
    session_id: str
    operator_id: str
    role: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionClosed:
    session_id: str
    operator_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionApproved:
    """A second person has put their PIN to one action of somebody else's."""

    approval_id: str
    action: str
    approved_by: str
    device: str
    operator: str | None = None  # who asked, where that is proven


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRefused:
    """Somebody was not let in; `count` refusals of this kind since the last such event of the subject."""

    subject: str
    reason: str  # the refusal's code: "pin-refused", "locked-out", "forbidden", ...
    count: int = 1
    device: str | None = None


AccessEvent = (
    OperatorAdded
    | OperatorRoleChanged
    | OperatorDisabled
    | OperatorPinSet
    | SessionOpened
    | SessionClosed
    | ActionApproved
    | AccessRefused
)
