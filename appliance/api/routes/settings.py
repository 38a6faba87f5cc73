"""The settings in force, and who says so."""

from __future__ import annotations

from appliance.api.call import Call
from appliance.api.endpoint import PREFIX, Endpoint
from appliance.api.reply import Reply, encode
from appliance.api.roles import ADMINISTRATION
from appliance.schemas import settings as s
from appliance.settings_report import report


async def list_settings(call: Call) -> Reply:
    """Every setting."""
    services = call.services
    return Reply(encode({"items": report(services.settings, services.dispatcher.policy), "next_cursor": None}))


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path=f"{PREFIX}/settings",
        operation="list_settings",
        summary="List the settings in force and where each comes from",
        description="Secrets are not shown. What head office may set is in docs/reference/policies.md.",
        tag="operations",
        handler=list_settings,
        roles=ADMINISTRATION,
        answer=s.SettingList,
    ),
)
