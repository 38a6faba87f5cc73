"""Time as it is written down: RFC 3339, UTC, microseconds; always the same width, so text order is time order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Answers the present moment, aware and in UTC."""


def system_clock() -> datetime:
    """The machine's wall clock."""
    return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """`moment` as 2026-11-22T09:30:00.000000Z; it must be aware."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat("T", "microseconds")[:26] + "Z"


def parsed(text: str) -> datetime:
    """The moment that `rfc3339` wrote down."""
    return datetime.fromisoformat(text)
