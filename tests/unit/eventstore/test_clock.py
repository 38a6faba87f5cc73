from datetime import UTC, datetime, timedelta, timezone

import pytest

from appliance.eventstore.clock import rfc3339, system_clock


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 22, 9, 30, tzinfo=UTC), "2026-11-22T09:30:00.000000Z"),
        (datetime(2026, 11, 22, 9, 30, 1, 7, tzinfo=UTC), "2026-11-22T09:30:01.000007Z"),
        (datetime(2026, 11, 22, 9, 30, tzinfo=timezone(timedelta(hours=2))), "2026-11-22T07:30:00.000000Z"),
        (datetime(2026, 11, 22, 9, 30, tzinfo=timezone.utc), "2026-11-22T09:30:00.000000Z"),  # noqa: UP017  an equal
    ],
)
def test_time_is_written_in_utc_and_always_as_wide(moment: datetime, text: str) -> None:
    assert rfc3339(moment) == text


def test_the_wall_clock_is_aware() -> None:
    assert system_clock().tzinfo is UTC
