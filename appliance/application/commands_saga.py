"""What a person may decide about a saga, or about a message that gave up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SteerSaga:
    """Decide about a saga: `action` is "retry", "compensate" or "skip"; the reason becomes part of its history."""

    saga_id: str
    action: str
    reason: str
    operator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SteerDeadLetter:
    """Decide about a message that gave up: `action` is "retry" or "discard"."""

    message_id: int
    action: str
    reason: str = ""
    operator: str | None = None
