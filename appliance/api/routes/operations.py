"""Looking after the store: its views and whether all of it still holds together."""

from __future__ import annotations

from typing import Any

from appliance.api.call import Call
from appliance.api.endpoint import PREFIX, Endpoint
from appliance.api.refusals import NotVerified, ProjectionNotFound
from appliance.api.reply import Reply, encode
from appliance.api.roles import ADMINISTRATION, OVERSIGHT
from appliance.schemas import operations as s

ALL = "all"
ACCEPTED = 202


async def list_projections(call: Call) -> Reply:
    """Every view and where it stands."""
    return Reply(encode({"items": _projections(call), "next_cursor": None}))


async def rebuild(call: Call) -> Reply:
    """Begin to rebuild one view, or all."""
    name = call.path["name"]
    known = [each["name"] for each in _projections(call)]
    if name not in (*known, ALL):
        raise ProjectionNotFound(f"There is no projection {name[:64]!r}.", known=known)
    await call.services.maintenance.rebuild(None if name == ALL else name)
    items = [each for each in _projections(call) if name in (each["name"], ALL)]
    return Reply(encode({"items": items, "next_cursor": None}), status=ACCEPTED)


async def verify(call: Call) -> Reply:
    """Begin a verification, or join the one under way."""
    return Reply(encode(await call.services.maintenance.verify()), status=ACCEPTED)


async def verification(call: Call) -> Reply:
    """How far the verification is, or what it found."""
    found = call.services.maintenance.verification()
    if found is None:
        raise NotVerified("Nothing has been verified since the start.")
    return Reply(encode(found))


async def findings(call: Call) -> Reply:
    """What starts and checks found wrong."""
    return Reply(encode({"items": await call.services.maintenance.findings(), "next_cursor": None}))


def _projections(call: Call) -> list[dict[str, Any]]:
    head = call.services.writer.head.position
    return [{"progress": None, "head": head} | each for each in call.services.maintenance.projections()]


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path=f"{PREFIX}/projections",
        operation="list_projections",
        summary="List the views of the log and where they stand",
        tag="operations",
        handler=list_projections,
        roles=OVERSIGHT,
        answer=s.ProjectionList,
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/projections/{{name}}/rebuild",
        operation="rebuild_projection",
        summary="Rebuild a view while selling goes on",
        description="`all` rebuilds every view. It answers at once; GET /projections shows how far it is.",
        tag="operations",
        handler=rebuild,
        roles=ADMINISTRATION,
        status=(ACCEPTED,),
        answer=s.ProjectionList,
        errors=(ProjectionNotFound,),
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/verify",
        operation="start_verification",
        summary="Verify the log and every view",
        description="It answers at once; GET /verify shows how far it is and what it found.",
        tag="operations",
        handler=verify,
        roles=ADMINISTRATION,
        status=(ACCEPTED,),
        answer=s.Verification,
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/verify",
        operation="get_verification",
        summary="Read how far the verification is, or what it found",
        tag="operations",
        handler=verification,
        roles=OVERSIGHT,
        answer=s.Verification,
        errors=(NotVerified,),
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/findings",
        operation="list_findings",
        summary="List what starts and checks found wrong",
        tag="operations",
        handler=findings,
        roles=OVERSIGHT,
        answer=s.FindingList,
    ),
)
