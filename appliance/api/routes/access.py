"""Getting in: devices by a one-time code, operators by their PIN, and the approval of a second person.

None of these keeps a receipt: an answer that holds a secret is told once, and a repeated sign-on is another one.
"""

from __future__ import annotations

from dataclasses import asdict

from appliance.access import approvals, codes, refusals
from appliance.access.codes import ENROLMENT
from appliance.access.refusals import SessionEnded
from appliance.access.sessions import Session
from appliance.api.call import SESSION, Call
from appliance.api.devices import Device, check
from appliance.api.endpoint import PREFIX, Endpoint, Errors
from appliance.api.refusals import DeviceExists
from appliance.api.reply import Reply, encode
from appliance.api.roles import EVERYBODY, SELLING
from appliance.api.step_up import Guard
from appliance.domain import refusals as r
from appliance.domain.operator import may_grant
from appliance.domain.refusals_access import RoleNotYours
from appliance.errors import Overloaded, ShuttingDown, StoreFull
from appliance.eventstore.clock import rfc3339
from appliance.eventstore.ids import uuid7
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.schemas import access as s
from appliance.schemas import operations

_PROVING: Errors = (refusals.PinRefused, refusals.LockedOut, Overloaded, StoreFull, ShuttingDown)
_WRITING: Errors = (Overloaded, StoreFull, ShuttingDown)


async def make_enrolment_code(call: Call) -> Reply:
    """A code for one device, whose role is at most that of who stands behind it."""
    body: s.MakeEnrolmentCode = call.body
    device = Device(device_id=body.device_id or uuid7(), name=body.name, role=body.role, register_id=body.register_id)
    check(device)

    def work(uow: UnitOfWork) -> tuple[str, str | None]:
        approver = call.approver(uow)
        may_grant(call.role if approver is None else approver.role, body.role)
        code = codes.make(uow, ENROLMENT, _kept(device), body.minutes, call.services.people.uptime())
        return code, None if approver is None else approver.operator_id

    code, approved_by = await call.services.writer.run(work)
    return Reply(encode({"code": code, "minutes": body.minutes, "approved_by": approved_by}), status=201)


def _kept(device: Device) -> dict[str, str | None]:
    return {
        "device_id": device.device_id,
        "name": device.name,
        "role": device.role,
        "register_id": device.register_id,
    }


async def enrol(call: Call) -> Reply:
    """A device for a code."""
    body: s.Enrol = call.body
    services = call.services

    def wanted(uow: UnitOfWork) -> Device:
        found = codes.spend(uow, ENROLMENT, body.code, services.people.uptime())
        return Device(
            device_id=found["device_id"],
            name=found["name"],
            role=found["role"],
            register_id=found["register_id"],
        )

    try:
        device, token = await services.devices.add_by_code(wanted, rfc3339(services.clock()))
    except refusals.CodeRefused as refused:
        services.people.audit.refused("enrolment", refused.code)
        raise
    return Reply(encode({**asdict(device), "token": token}), status=201)


async def sign_on(call: Call) -> Reply:
    """A session for an operator on this device."""
    body: s.SignOn = call.body
    token, session = await call.services.people.sign_on(body.operator, body.pin, call.asker)
    return Reply(encode({**_shown(call, session), "session": token}), status=201)


async def current(call: Call) -> Reply:
    """Who is signed on."""
    return Reply(encode(_shown(call, _session(call))))


async def sign_off(call: Call) -> Reply:
    """End the session."""
    session = _session(call)
    await call.services.people.sign_off(call.headers[SESSION].strip(), session, call.asker)
    return Reply(encode({"session_id": session.session_id, "operator_id": session.operator_id}))


async def approve(call: Call) -> Reply:
    """A second person's approval of one action."""
    body: s.Approve = call.body
    token, approval_id, operator = await call.services.people.approve(body.operator, body.pin, body.action, call.asker)
    approved = {
        "approval": token,
        "approval_id": approval_id,
        "action": body.action,
        "approved_by": operator.operator_id,
        "seconds": approvals.LIFETIME_MS // 1000,
    }
    return Reply(encode(approved), status=201)


def _session(call: Call) -> Session:
    if call.session is None:
        raise SessionEnded("The request names no session.", at="Backroom-Session:")
    return call.session


def _shown(call: Call, session: Session) -> dict[str, object]:
    people = call.services.people
    operator = people.operator(session.operator_id)
    left = session.opened_ms + people.limits.longest_ms - people.uptime().ms
    return {
        "session_id": session.session_id,
        "operator_id": session.operator_id,
        "name": "" if operator is None else operator.name,
        "role": session.role,
        "device_id": session.device_id,
        "opened_at": session.opened_at,
        "idle_seconds": people.limits.idle_ms // 1000,
        "seconds_left": max(left // 1000, 0),
    }


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path=f"{PREFIX}/enrolment-codes",
        operation="make_enrolment_code",
        summary="Make a code with which a device enrols itself",
        description=(
            "The code works once and for a few minutes. Nobody hands out a role above their own; a till may ask with"
            " a supervisor's approval."
        ),
        tag="access",
        handler=make_enrolment_code,
        roles=SELLING,
        status=(201,),
        body=s.MakeEnrolmentCode,
        answer=s.EnrolmentCode,
        errors=(r.InvalidId, r.InvalidText, RoleNotYours, *_WRITING),
        guard=Guard("enrol", trusting=False),
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/enrolments",
        operation="enrol_by_code",
        summary="Enrol this device with a one-time code",
        description="Answers the device's token, once: no receipt keeps it. Without an answer, ask for another code.",
        tag="access",
        handler=enrol,
        roles=None,
        status=(201,),
        body=s.Enrol,
        answer=operations.DeviceEnrolled,
        errors=(refusals.CodeRefused, DeviceExists, r.InvalidId, r.InvalidText, *_WRITING),
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/sessions",
        operation="open_session",
        summary="Sign an operator on at this device",
        description=(
            "Answers the session's token, once; send it as `Backroom-Session` beside the device's own. The operator's"
            " former session on this device ends. An operator who does not exist is refused like a wrong PIN."
        ),
        tag="access",
        handler=sign_on,
        roles=EVERYBODY,
        status=(201,),
        body=s.SignOn,
        answer=s.SignedOn,
        errors=_PROVING,
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/sessions/current",
        operation="get_session",
        summary="See who is signed on at this device",
        tag="access",
        handler=current,
        roles=EVERYBODY,
        answer=s.Session,
    ),
    Endpoint(
        method="DELETE",
        path=f"{PREFIX}/sessions/current",
        operation="close_session",
        summary="Sign off",
        tag="access",
        handler=sign_off,
        roles=EVERYBODY,
        answer=s.SignedOff,
        errors=_WRITING,
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/approvals",
        operation="approve_action",
        summary="Approve one action of this device by a second person's PIN",
        description=(
            "Answers a token, once: send it as `Backroom-Approval` with the request that needs it. It is good for one"
            " request of this action on this device, for two minutes; a request that is refused does not use it up."
        ),
        tag="access",
        handler=approve,
        roles=EVERYBODY,
        status=(201,),
        body=s.Approve,
        answer=s.Approved,
        errors=(*_PROVING, refusals.MayNotApprove),
    ),
)
