"""The business day, and the store's wall clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from appliance.domain.calendar import business_date, local_time, store_time, utc_text

LONDON = ZoneInfo("Europe/London")
BERLIN = ZoneInfo("Europe/Berlin")
AUCKLAND = ZoneInfo("Pacific/Auckland")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "zone", "roll", "day"),
    [
        ("2026-11-22T23:59:59", LONDON, 0, "2026-11-22"),
        ("2026-11-23T00:00:00", LONDON, 0, "2026-11-23"),
        ("2026-11-23T03:59:59", LONDON, 4, "2026-11-22"),
        ("2026-11-23T04:00:00", LONDON, 4, "2026-11-23"),
        ("2026-07-01T23:30:00", LONDON, 0, "2026-07-02"),  # summer time is an hour ahead
        ("2026-11-22T11:30:00", AUCKLAND, 0, "2026-11-23"),
        ("2027-01-01T02:00:00", LONDON, 4, "2026-12-31"),
    ],
)
def test_a_sale_belongs_to_the_day_its_wall_clock_is_in(moment: str, zone: ZoneInfo, roll: int, day: str) -> None:
    assert business_date(utc(moment), zone, roll) == day


@pytest.mark.parametrize("roll", range(6))
@pytest.mark.parametrize("night", ["2026-03-28T21:00:00", "2026-10-24T21:00:00"])
def test_a_night_of_clock_change_has_one_turn_of_the_day(night: str, roll: int) -> None:
    days = [business_date(utc(night) + timedelta(minutes=minutes), BERLIN, roll) for minutes in range(0, 600, 5)]

    assert days == sorted(days)
    assert len(set(days)) == 2


def test_the_hour_that_comes_twice_is_told_apart_by_its_offset() -> None:
    first, second = utc("2026-10-25T00:30:00"), utc("2026-10-25T01:30:00")

    assert local_time(first, BERLIN) == "2026-10-25T02:30:00+02:00"
    assert local_time(second, BERLIN) == "2026-10-25T02:30:00+01:00"


def test_day_and_wall_clock_are_read_from_one_moment() -> None:
    assert store_time(utc("2026-11-23T03:00:00"), LONDON, 4) == ("2026-11-22", "2026-11-23T03:00:00+00:00")


def test_moments_as_text_sort_as_moments() -> None:
    earlier = datetime(2026, 11, 22, 12, 0, 0, 999_999, tzinfo=BERLIN)
    later = datetime(2026, 11, 22, 11, 0, 1, tzinfo=UTC)

    assert utc_text(earlier) == "2026-11-22T11:00:00.999999Z"
    assert utc_text(later) == "2026-11-22T11:00:01.000000Z"
