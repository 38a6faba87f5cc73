"""Operators: who works here, and their PINs."""

from __future__ import annotations

from appliance.access.refusals import CodeRefused, PinTooSimple
from appliance.api.call import Call
from appliance.api.endpoint import PREFIX, Endpoint, Errors
from appliance.api.parameters import CURSOR, LIMIT
from appliance.api.reply import Reply, encode
from appliance.api.roles import EVERYBODY, OVERSIGHT, PEOPLE
from appliance.application import commands_access as c
from appliance.application.dispatcher import Answer
from appliance.application.ports import Outcome
from appliance.domain import refusals as r
from appliance.domain.refusals_access import OperatorNotFound, RoleNotYours
from appliance.errors import BadCursor, Overloaded, ShuttingDown, StoreFull
from appliance.queries import operators
from appliance.schemas import access as s
from appliance.schemas.common import Listing

_ADDRESSED: Errors = (OperatorNotFound, RoleNotYours)
_WRITING: Errors = (Overloaded, StoreFull, ShuttingDown)


async def page(call: Call) -> Reply:
    """Operators by id."""
    query = call.query
    return Reply(encode(await operators.page(call.services.readers, limit=query["limit"], cursor=query["cursor"])))


async def add(call: Call) -> Reply:
    """Make somebody an operator."""
    body: s.AddOperator = call.body
    command = c.AddOperator(operator_id=body.operator_id, name=body.name, role=body.role)
    return _changed(call, await call.dispatch(command))


async def change_role(call: Call) -> Reply:
    """Give an operator another role."""
    body: s.ChangeRole = call.body
    return _changed(call, await call.dispatch(c.ChangeOperatorRole(operator_id=_addressed(call), role=body.role)))


async def disable(call: Call) -> Reply:
    """Let an operator in no more."""
    return _changed(call, await call.dispatch(c.DisableOperator(operator_id=_addressed(call))))


async def set_pin(call: Call) -> Reply:
    """Give an operator a new PIN."""
    body: s.SetPin = call.body
    await call.services.people.set_pin(_addressed(call), body.pin, call.asker)
    return Reply(_operator(call, _addressed(call)))


async def make_pin_code(call: Call) -> Reply:
    """A code with which an operator sets their own PIN."""
    body: s.MakeCode = call.body
    code = await call.services.people.make_pin_code(_addressed(call), body.minutes, call.asker)
    return Reply(encode({"code": code, "minutes": body.minutes}), status=201)


async def set_pin_by_code(call: Call) -> Reply:
    """A PIN of one's own, for a code."""
    body: s.SetPinByCode = call.body
    try:
        operator = await call.services.people.set_pin_by_code(body.code, body.pin, call.asker)
    except CodeRefused as refused:
        call.services.people.audit.refused(f"device:{call.device.device_id}", refused.code, call.device.device_id)
        raise
    return Reply(_operator(call, operator.operator_id))


def _addressed(call: Call) -> str:
    return call.path["operator_id"]


def _changed(call: Call, answer: Answer) -> Reply:
    def present(outcome: Outcome) -> bytes:
        return _operator(call, outcome.ids["operator_id"])

    return call.written(answer, present)


def _operator(call: Call, operator_id: str) -> bytes:
    """The operator as they now are: a repeated request shows what has become of them since."""
    found = call.services.people.operator(operator_id)
    if found is None:
        raise OperatorNotFound(f"There is no operator {operator_id[:64]!r}.")
    return encode({"operator_id": found.operator_id, "name": found.name, "role": found.role, "active": found.active})


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path=f"{PREFIX}/operators",
        operation="list_operators",
        summary="List operators",
        tag="operators",
        handler=page,
        roles=OVERSIGHT,
        answer=Listing[s.Operator],
        query=(LIMIT, CURSOR),
        errors=(BadCursor,),
        views=("operators",),
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/operators",
        operation="add_operator",
        summary="Add an operator, or bring back one who was disabled",
        description="They sign on once a PIN is set. Nobody hands out a role above their own.",
        tag="operators",
        handler=add,
        roles=PEOPLE,
        status=(201, 200),
        body=s.AddOperator,
        answer=s.OperatorChanged,
        errors=(RoleNotYours, r.InvalidId, r.InvalidText),
        idempotent=True,
    ),
    Endpoint(
        method="PUT",
        path=f"{PREFIX}/operators/{{operator_id}}/role",
        operation="change_operator_role",
        summary="Give an operator another role",
        description="Their sessions end.",
        tag="operators",
        handler=change_role,
        roles=PEOPLE,
        body=s.ChangeRole,
        answer=s.OperatorChanged,
        errors=_ADDRESSED,
        idempotent=True,
    ),
    Endpoint(
        method="DELETE",
        path=f"{PREFIX}/operators/{{operator_id}}",
        operation="disable_operator",
        summary="Disable an operator",
        description="Their sessions end at once and their PIN is forgotten; what they did stays under their name.",
        tag="operators",
        handler=disable,
        roles=PEOPLE,
        answer=s.OperatorChanged,
        errors=_ADDRESSED,
        idempotent=True,
    ),
    Endpoint(
        method="PUT",
        path=f"{PREFIX}/operators/{{operator_id}}/pin",
        operation="set_operator_pin",
        summary="Give an operator a new PIN",
        description="Their sessions end, and wrong tries on the old PIN are forgotten. No receipt keeps a PIN.",
        tag="operators",
        handler=set_pin,
        roles=PEOPLE,
        body=s.SetPin,
        answer=s.OperatorChanged,
        errors=(*_ADDRESSED, PinTooSimple, *_WRITING),
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/operators/{{operator_id}}/pin-codes",
        operation="make_pin_code",
        summary="Make a code with which an operator sets their own PIN",
        tag="operators",
        handler=make_pin_code,
        roles=PEOPLE,
        status=(201,),
        body=s.MakeCode,
        answer=s.OneTimeCode,
        errors=(*_ADDRESSED, *_WRITING),
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/pins",
        operation="set_own_pin",
        summary="Set one's own PIN with a one-time code",
        tag="operators",
        handler=set_pin_by_code,
        roles=EVERYBODY,
        body=s.SetPinByCode,
        answer=s.OperatorChanged,
        errors=(CodeRefused, PinTooSimple, OperatorNotFound, *_WRITING),
    ),
)
