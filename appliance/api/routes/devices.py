"""Devices, and what became of their writes."""

from __future__ import annotations

from dataclasses import asdict

from appliance.api.call import Call
from appliance.api.devices import Device
from appliance.api.endpoint import PREFIX, Endpoint
from appliance.api.parameters import Parameter
from appliance.api.refusals import DeviceExists, DeviceNotFound, KeyUnknown
from appliance.api.reply import Header, Reply, encode
from appliance.api.roles import ADMINISTRATION, EVERYBODY
from appliance.application.receipts import Receipt
from appliance.domain import refusals as r
from appliance.eventstore.clock import rfc3339
from appliance.eventstore.ids import uuid7
from appliance.schemas import log as written
from appliance.schemas import operations as s

_REPLAYED: Header = (b"idempotent-replayed", b"true")


async def page(call: Call) -> Reply:
    """Every device, revoked ones too."""
    found = await call.services.devices.list()
    return Reply(encode({"items": [asdict(each) for each in found], "next_cursor": None}))


async def enrol(call: Call) -> Reply:
    """Enrol a device; its token is shown this once, and kept only as a hash."""
    body: s.EnrolDevice = call.body
    wanted = Device(device_id=body.device_id or uuid7(), name=body.name, role=body.role, register_id=body.register_id)
    device, token = await call.services.devices.add(wanted, rfc3339(call.services.clock()), call.receipt_key(None))
    reply = Reply(encode({**asdict(device), "token": token}), status=201)
    if token is None:
        reply.headers.append(_REPLAYED)
    return reply


async def revoke(call: Call) -> Reply:
    """Make a device's token worthless at once."""
    now = rfc3339(call.services.clock())
    device, fresh = await call.services.devices.revoke(call.path["device_id"], now, call.receipt_key(None))
    reply = Reply(encode(asdict(device)))
    if not fresh:
        reply.headers.append(_REPLAYED)
    return reply


async def outcome(call: Call) -> Reply:
    """What became of a write, asked of the writer itself: behind every write that came before, so it is final."""
    key, scope = call.path["key"], call.scope_of(call.query["register_id"])
    found: Receipt | None = await call.services.writer.run(lambda uow: uow.receipt(scope, key))
    if found is None:
        raise KeyUnknown("No write was booked under this key.", key=key, scope=scope)
    answer = {
        "key": found.key,
        "scope": found.scope,
        "status": found.status,
        "ids": found.ids,
        "first_position": found.first_position,
        "last_position": found.last_position,
        "recorded_at": found.recorded_at,
        "command_id": found.command_id,
    }
    return Reply(encode(answer))


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path=f"{PREFIX}/idempotency/{{key}}",
        operation="get_outcome",
        summary="Find out what became of a write",
        description=(
            "For a till that got no answer: 200 says it was booked and what came of it, 404 that it was not and can"
            " be sent again. Keys of writes that name a register are kept with the register: name it here as well."
        ),
        tag="devices",
        handler=outcome,
        roles=EVERYBODY,
        answer=written.WriteFound,
        query=(Parameter(name="register_id", description="The register the write named.", example="till-1"),),
        errors=(KeyUnknown,),
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/devices",
        operation="list_devices",
        summary="List devices",
        tag="devices",
        handler=page,
        roles=ADMINISTRATION,
        answer=s.DeviceList,
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/devices",
        operation="enrol_device",
        summary="Enrol a device",
        description="The answer has the token, this once. A repeated request answers without it.",
        tag="devices",
        handler=enrol,
        roles=ADMINISTRATION,
        status=(201,),
        body=s.EnrolDevice,
        answer=s.DeviceEnrolled,
        errors=(DeviceExists, r.InvalidId, r.InvalidText),
        idempotent=True,
    ),
    Endpoint(
        method="DELETE",
        path=f"{PREFIX}/devices/{{device_id}}",
        operation="revoke_device",
        summary="Revoke a device's token",
        tag="devices",
        handler=revoke,
        roles=ADMINISTRATION,
        answer=s.Device,
        errors=(DeviceNotFound,),
        idempotent=True,
    ),
)
