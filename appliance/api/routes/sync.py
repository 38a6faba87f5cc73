"""The way to head office: see it, pause it, compare both ends."""

from __future__ import annotations

from appliance.api.call import Call
from appliance.api.endpoint import PREFIX, Endpoint
from appliance.api.refusals import SyncOff
from appliance.api.reply import Reply, encode
from appliance.api.roles import ADMINISTRATION, OVERSIGHT
from appliance.api.services import Sync
from appliance.schemas import sync as s
from appliance.sync.troubles import SyncTrouble


async def status(call: Call) -> Reply:
    """Where it stands."""
    sync = call.services.sync
    return Reply(encode({"enabled": False} if sync is None else await sync.status()))


async def pause(call: Call) -> Reply:
    """Send nothing until told otherwise."""
    return await _paused(call, paused=True)


async def resume(call: Call) -> Reply:
    """Go on."""
    return await _paused(call, paused=False)


async def _paused(call: Call, *, paused: bool) -> Reply:
    sync = _sync(call)
    await sync.pause(paused=paused)
    return Reply(encode(await sync.status()))


async def compare(call: Call) -> Reply:
    """Hold both ends against each other."""
    found = await _sync(call).compare()
    return Reply(
        encode(
            {
                "stream": found.stream,
                "equal": found.equal,
                "up_to": found.up_to,
                "behind": found.behind,
                "sampled": found.sampled,
                "problems": found.problems,
            }
        )
    )


def _sync(call: Call) -> Sync:
    if call.services.sync is None:
        raise SyncOff("No address of a head office is set.")
    return call.services.sync


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path=f"{PREFIX}/sync",
        operation="get_sync",
        summary="See what goes to head office and what keeps it",
        tag="sync",
        handler=status,
        roles=OVERSIGHT,
        answer=s.SyncStatus,
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/sync/pause",
        operation="pause_sync",
        summary="Send nothing to head office until told otherwise",
        description="Selling goes on and events wait; it stays paused over restarts.",
        tag="sync",
        handler=pause,
        roles=ADMINISTRATION,
        answer=s.SyncStatus,
        errors=(SyncOff,),
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/sync/resume",
        operation="resume_sync",
        summary="Go on sending to head office",
        description="It also asks for the claim anew, where another box with this machine's id had taken it.",
        tag="sync",
        handler=resume,
        roles=ADMINISTRATION,
        answer=s.SyncStatus,
        errors=(SyncOff,),
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/sync/compare",
        operation="compare_sync",
        summary="Hold head office's stream against the log",
        description=(
            "It compares ends, counts, the last hash and a sample of events; `backroom hq compare` at head office "
            "compares every one."
        ),
        tag="sync",
        handler=compare,
        roles=ADMINISTRATION,
        answer=s.SyncComparison,
        errors=(SyncOff, SyncTrouble),
    ),
)
