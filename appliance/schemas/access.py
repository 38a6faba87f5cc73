"""Operators, sessions, approvals and codes on the wire."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from appliance.schemas.common import Answer, Body, Id, Name, example
from appliance.schemas.operations import Role

Action = Literal["void", "refund", "unlinked_refund", "price_override", "drawer", "export", "enrol"]
MAX_SECRET = 128

Pin = Annotated[
    str,
    Field(max_length=MAX_SECRET),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{4,12}$", "description": "4 to 12 digits."}, mode="validation"),
]
Code = Annotated[
    str, Field(min_length=1, max_length=64, description="As it was shown; case and hyphens do not matter.")
]
Minutes = Annotated[int, Field(ge=1, le=60, description="How long the code holds.")]

_OPERATOR: dict[str, Any] = {
    "operator_id": "anna",
    "name": "Anna Lind",
    "role": "supervisor",
    "active": True,
    "added_at": "2026-11-24T09:00:00.000000Z",
    "pin_set": True,
    "version": 1,
}


class AddOperator(Body):
    """Somebody who works here from now on."""

    model_config = example({"operator_id": "anna", "name": "Anna Lind", "role": "supervisor"})

    operator_id: Id = Field(description="Short: it is typed at every sign-on and stands on receipts.")
    name: Name
    role: Role


class ChangeRole(Body):
    """Another role."""

    model_config = example({"role": "manager"})

    role: Role


class SetPin(Body):
    """A new PIN."""

    model_config = example({"pin": "4711"})

    pin: Pin


class SetPinByCode(Body):
    """A PIN that the operator chooses by themselves, with the code they were given."""

    model_config = example({"code": "7K3M-9QWZ-4T2B", "pin": "4711"})

    code: Code
    pin: Pin


class MakeCode(Body):
    """How long a code holds."""

    model_config = example({"minutes": 10})

    minutes: Minutes = 10


class OperatorChanged(Answer):
    """An operator as they now are."""

    model_config = example({"operator_id": "anna", "name": "Anna Lind", "role": "supervisor", "active": True})

    operator_id: str
    name: str
    role: str
    active: bool


class Operator(OperatorChanged):
    """An operator; `pin_set` says whether they can sign on."""

    model_config = example(_OPERATOR)

    added_at: str
    pin_set: bool
    version: int


class OneTimeCode(Answer):
    """A code, shown this once."""

    model_config = example({"code": "7K3M-9QWZ-4T2B", "minutes": 10})

    code: str
    minutes: int


class EnrolmentCode(OneTimeCode):
    """A code with which one device enrols itself, and the name of who approved that where somebody had to."""

    model_config = example({"code": "7K3M-9QWZ-4T2B", "minutes": 10, "approved_by": None})

    approved_by: str | None


class MakeEnrolmentCode(Body):
    """The device that will be enrolled with the code."""

    model_config = example({"name": "Front till", "role": "cashier", "register_id": "till-1"})

    device_id: Id | None = Field(None, description="Left out: one is made.")
    name: Name
    role: Role = "cashier"
    register_id: Id | None = Field(None, description="The register it belongs to, for people to see.")
    minutes: Minutes = 10


class Enrol(Body):
    """The code, as it was shown."""

    model_config = example({"code": "7K3M-9QWZ-4T2B"})

    code: Code


class SignOn(Body):
    """Who signs on."""

    model_config = example({"operator": "anna", "pin": "3825"})

    operator: Id
    pin: Annotated[str, Field(min_length=1, max_length=MAX_SECRET)]


_SESSION: dict[str, Any] = {
    "session_id": "019aa9f0-5a10-7cc3-9d2b-6a4f0c1e2b3d",
    "operator_id": "anna",
    "name": "Anna Lind",
    "role": "supervisor",
    "device_id": "till-1-tablet",
    "opened_at": "2026-11-24T09:00:00.000000Z",
    "idle_seconds": 900,
    "seconds_left": 43_200,
}


class Session(Answer):
    """Who is signed on; it ends unused after `idle_seconds`, and at the latest in `seconds_left`."""

    model_config = example(_SESSION)

    session_id: str
    operator_id: str
    name: str
    role: str
    device_id: str
    opened_at: str
    idle_seconds: int
    seconds_left: int


class SignedOn(Session):
    """A session and its token, which is told this once: send it as `Backroom-Session` beside the device's token."""

    model_config = example({**_SESSION, "session": "bks_" + "x" * 43})

    session: str


class SignedOff(Answer):
    """The session that has ended."""

    model_config = example({"session_id": _SESSION["session_id"], "operator_id": "anna"})

    session_id: str
    operator_id: str


class Approve(Body):
    """Who approves what."""

    model_config = example({"operator": "anna", "pin": "3825", "action": "void"})

    operator: Id
    pin: Annotated[str, Field(min_length=1, max_length=MAX_SECRET)]
    action: Action


class Approved(Answer):
    """An approval, told this once: send it as `Backroom-Approval` with the one request it is for."""

    model_config = example(
        {
            "approval": "bka_" + "x" * 43,
            "approval_id": _SESSION["session_id"],
            "action": "void",
            "approved_by": "anna",
            "seconds": 120,
        }
    )

    approval: str
    approval_id: str
    action: str
    approved_by: str
    seconds: int
