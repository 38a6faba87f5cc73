"""When something happened, as the store tells time: its wall clock, and the business day a sale belongs to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)


def business_date(moment: datetime, zone: ZoneInfo, day_roll_hour: int) -> str:
    """The business day at `moment`: it begins when the store's wall clock shows the day-roll hour.

    The wall clock is read, never shifted by hours, so a day that daylight saving makes shorter or longer still begins
    and ends at the same hour.
    """
    return _business_date(moment.astimezone(zone), day_roll_hour)


def local_time(moment: datetime, zone: ZoneInfo) -> str:
    """The store's wall clock with its offset, RFC 3339, to the second."""
    return moment.astimezone(zone).isoformat(timespec="seconds")


def store_time(moment: datetime, zone: ZoneInfo, day_roll_hour: int) -> tuple[str, str]:
    """Business date and local time together, for the way of a sale: both say no more than the second."""
    return _second(moment.replace(microsecond=0), zone, day_roll_hour)


def utc_text(moment: datetime) -> str:
    """`moment` as events carry it: RFC 3339 in UTC with microseconds, so that text order is time order."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat("T", "microseconds")[:26] + "Z"


@lru_cache(maxsize=8)  # a busy store rings up many sales in one second
def _second(moment: datetime, zone: ZoneInfo, day_roll_hour: int) -> tuple[str, str]:
    local = moment.astimezone(zone)
    return _business_date(local, day_roll_hour), local.isoformat(timespec="seconds")


def _business_date(local: datetime, day_roll_hour: int) -> str:
    day = local.date()
    return (day - _DAY if local.hour < day_roll_hour else day).isoformat()
