"""Backups: taken while the store sells, watched, and listed."""

from __future__ import annotations

from typing import Any

from appliance.api.call import Call
from appliance.api.endpoint import PREFIX, Endpoint
from appliance.api.refusals import NoBackupYet
from appliance.api.reply import Reply, encode
from appliance.api.roles import ADMINISTRATION, OVERSIGHT
from appliance.schemas import operations as s

ACCEPTED = 202


async def begin(call: Call) -> Reply:
    """Begin a backup, or join the one under way."""
    return Reply(_run(await call.services.backups.begin()), status=ACCEPTED)


async def current(call: Call) -> Reply:
    """How far the backup is, or what became of it."""
    found = call.services.backups.state
    if found is None:
        raise NoBackupYet("No backup was begun since the start.")
    return Reply(_run(found))


async def listed(call: Call) -> Reply:
    """Every backup there is."""
    return Reply(encode({"items": await call.services.backups.listed(), "next_cursor": None}))


def _run(state: dict[str, Any]) -> bytes:
    return encode({"finished_at": None, "detail": None, "backup": None} | state)


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path=f"{PREFIX}/backups",
        operation="start_backup",
        summary="Take a backup while selling goes on",
        description="It answers at once; GET /backups/current shows how far it is. A copy counts once it is proven.",
        tag="operations",
        handler=begin,
        roles=ADMINISTRATION,
        status=(ACCEPTED,),
        answer=s.BackupRun,
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/backups/current",
        operation="get_backup_run",
        summary="Read how far the backup is, or what became of it",
        tag="operations",
        handler=current,
        roles=OVERSIGHT,
        answer=s.BackupRun,
        errors=(NoBackupYet,),
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/backups",
        operation="list_backups",
        summary="List the backups there are",
        tag="operations",
        handler=listed,
        roles=OVERSIGHT,
        answer=s.BackupList,
    ),
)
