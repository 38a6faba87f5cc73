"""Registers and their drawers."""

from __future__ import annotations

from appliance.api import present
from appliance.api.call import Call
from appliance.api.endpoint import PREFIX, Endpoint, Errors
from appliance.api.parameters import CURSOR, LIMIT
from appliance.api.reply import Reply, encode
from appliance.api.roles import ADMINISTRATION, EVERYBODY, SELLING
from appliance.api.step_up import Guard
from appliance.application import commands as c
from appliance.application.ports import Outcome
from appliance.domain import refusals as r
from appliance.errors import BadCursor
from appliance.queries import registers
from appliance.schemas import registers as s
from appliance.schemas.common import Listing

_GUARD = Guard("drawer")
_DRAWER: Errors = (r.RegisterNotFound, r.DrawerNotOpen, r.InvalidAmount, r.InvalidText)


async def page(call: Call) -> Reply:
    """Registers by id."""
    query = call.query
    return Reply(encode(await registers.page(call.services.readers, limit=query["limit"], cursor=query["cursor"])))


async def add(call: Call) -> Reply:
    """Make a register known, or give it another name; the same name again writes nothing."""
    body: s.AddRegister = call.body
    register_id = call.path["register_id"]
    command = c.AddRegister(register_id=register_id, name=body.name, expected_version=call.if_match)

    def added(outcome: Outcome) -> bytes:
        version = outcome.events[0].version if outcome.events else None
        return encode({"register_id": register_id, "name": body.name, "version": version})

    return call.written(await call.dispatch(command, register_id), added)


async def drawer(call: Call) -> Reply:
    """The X report."""
    register_id = call.path["register_id"]
    found = await registers.drawer(call.services.readers, register_id)
    if found is None:
        raise r.RegisterNotFound(f"There is no register {register_id[:64]!r}.")
    return call.read(found, found["version"])


async def open_drawer(call: Call) -> Reply:
    """Begin a session."""
    body: s.OpenDrawer = call.body
    register_id = call.path["register_id"]
    command = c.OpenDrawer(
        register_id=register_id,
        opening_float=body.opening_float,
        operator=body.operator,
        expected_version=call.if_match,
    )
    return call.written(await call.dispatch(command, register_id), present.drawer_moved)


async def pay_in(call: Call) -> Reply:
    """Put cash in."""
    return await _move(call, c.PayIn)


async def pay_out(call: Call) -> Reply:
    """Take cash out."""
    return await _move(call, c.PayOut)


async def _move(call: Call, kind: type[c.PayIn | c.PayOut]) -> Reply:
    body: s.MoveCash = call.body
    register_id = call.path["register_id"]
    command = kind(
        register_id=register_id,
        amount=body.amount,
        reason=body.reason,
        operator=body.operator,
        expected_version=call.if_match,
    )
    return call.written(await call.dispatch(command, register_id), present.drawer_moved)


async def count(call: Call) -> Reply:
    """Write a count down."""
    body: s.CountDrawer = call.body
    register_id = call.path["register_id"]
    command = c.CountDrawer(
        register_id=register_id, counted=body.counted, operator=body.operator, expected_version=call.if_match
    )
    return call.written(await call.dispatch(command, register_id), present.drawer_moved)


async def close(call: Call) -> Reply:
    """Make the Z report."""
    body: s.CloseDrawer = call.body
    register_id = call.path["register_id"]
    command = c.CloseDrawer(
        register_id=register_id,
        counted=body.counted,
        reason=body.reason,
        operator=body.operator,
        expected_version=call.if_match,
    )
    return call.written(await call.dispatch(command, register_id), present.drawer_closed)


REGISTERS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path=f"{PREFIX}/registers",
        operation="list_registers",
        summary="List registers",
        tag="registers",
        handler=page,
        roles=EVERYBODY,
        answer=Listing[s.Register],
        query=(LIMIT, CURSOR),
        errors=(BadCursor,),
        views=("registers",),
    ),
    Endpoint(
        method="PUT",
        path=f"{PREFIX}/registers/{{register_id}}",
        operation="add_register",
        summary="Add a register, or rename it",
        tag="registers",
        handler=add,
        roles=ADMINISTRATION,
        status=(201, 200),
        body=s.AddRegister,
        answer=s.RegisterAdded,
        errors=(r.InvalidId, r.InvalidText),
        idempotent=True,
        conditional=True,
        etag=True,
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/registers/{{register_id}}/drawer",
        operation="get_drawer",
        summary="Read the X report of a register's present session",
        tag="registers",
        handler=drawer,
        roles=EVERYBODY,
        answer=s.DrawerReport,
        errors=(r.RegisterNotFound,),
        views=("registers",),
        etag=True,
    ),
)

DRAWERS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path=f"{PREFIX}/registers/{{register_id}}/drawer/open",
        operation="open_drawer",
        summary="Open a drawer with a float",
        tag="registers",
        handler=open_drawer,
        roles=SELLING,
        status=(201,),
        body=s.OpenDrawer,
        answer=s.DrawerMoved,
        errors=(r.RegisterNotFound, r.DrawerAlreadyOpen, r.InvalidAmount, r.InvalidText),
        guard=_GUARD,
        idempotent=True,
        conditional=True,
        etag=True,
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/registers/{{register_id}}/drawer/paid-in",
        operation="pay_in",
        summary="Put cash into a drawer",
        tag="registers",
        handler=pay_in,
        roles=SELLING,
        status=(201,),
        body=s.MoveCash,
        answer=s.DrawerMoved,
        errors=_DRAWER,
        guard=_GUARD,
        idempotent=True,
        conditional=True,
        etag=True,
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/registers/{{register_id}}/drawer/paid-out",
        operation="pay_out",
        summary="Take cash out of a drawer",
        tag="registers",
        handler=pay_out,
        roles=SELLING,
        status=(201,),
        body=s.MoveCash,
        answer=s.DrawerMoved,
        errors=_DRAWER,
        guard=_GUARD,
        idempotent=True,
        conditional=True,
        etag=True,
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/registers/{{register_id}}/drawer/count",
        operation="count_drawer",
        summary="Write down what is in a drawer",
        tag="registers",
        handler=count,
        roles=SELLING,
        status=(201,),
        body=s.CountDrawer,
        answer=s.DrawerMoved,
        errors=_DRAWER,
        guard=_GUARD,
        idempotent=True,
        conditional=True,
        etag=True,
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/registers/{{register_id}}/drawer/close",
        operation="close_drawer",
        summary="Close a drawer with its Z report",
        tag="registers",
        handler=close,
        roles=SELLING,
        status=(201,),
        body=s.CloseDrawer,
        answer=s.DrawerClosed,
        errors=_DRAWER,
        guard=_GUARD,
        idempotent=True,
        conditional=True,
        etag=True,
    ),
)

ENDPOINTS: tuple[Endpoint, ...] = REGISTERS + DRAWERS
