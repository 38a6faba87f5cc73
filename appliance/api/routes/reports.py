"""Reports: sums by business day."""

from __future__ import annotations

from typing import Any

from appliance.api.call import Call
from appliance.api.endpoint import PREFIX, Endpoint
from appliance.api.parameters import CURSOR, LIMIT, Date
from appliance.api.reply import Reply, encode
from appliance.api.roles import OVERSIGHT
from appliance.domain.calendar import business_date
from appliance.errors import BadCursor
from appliance.queries import reports
from appliance.schemas import reports as s
from appliance.schemas.common import Listing


async def day(call: Call) -> Reply:
    """One business day; today's without a date."""
    policy = call.services.dispatcher.policy
    date = call.query["date"] or business_date(call.services.clock(), policy.timezone, policy.day_roll_hour)
    return Reply(encode(_in_currency(call, await reports.day(call.services.readers, date))))


async def days(call: Call) -> Reply:
    """The days on which anything was booked, newest first."""
    query = call.query
    found = await reports.dates(call.services.readers, limit=query["limit"], cursor=query["cursor"])
    return Reply(encode(found | {"items": [_in_currency(call, each) for each in found["items"]]}))


def _in_currency(call: Call, sums: dict[str, Any]) -> dict[str, Any]:
    return sums | {"currency": call.services.dispatcher.policy.currency.code}


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path=f"{PREFIX}/reports/day",
        operation="get_day_report",
        summary="Read what a business day came to",
        tag="reports",
        handler=day,
        roles=OVERSIGHT,
        answer=s.DayReport,
        query=(Date(name="date", description="The business day; left out: today.", example="2026-11-22"),),
        views=("day_totals",),
        shared=True,
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/reports/days",
        operation="list_days",
        summary="List business days and what each came to",
        tag="reports",
        handler=days,
        roles=OVERSIGHT,
        answer=Listing[s.DayTotal],
        query=(LIMIT, CURSOR),
        errors=(BadCursor,),
        views=("day_totals",),
    ),
)
