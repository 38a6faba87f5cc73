"""What is wrong with a store, on the wire."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from appliance.schemas.common import Answer, example

_TROUBLE: dict[str, Any] = {
    "problem_id": "backup-old",
    "kind": "backup-old",
    "severity": "warning",
    "title": "The last backup is too old",
    "subject": "backup-old",
    "detail": "It is of 2026-11-20.",
    "since": "2026-11-22T09:30:00.000000Z",
    "next_step": "Take one: backroom backup create",
    "fix": "backup",
    "action": {"method": "POST", "path": "/api/v1/problems/backup-old/fix"},
}
_AUTONOMY: dict[str, Any] = {"days": 41.5, "reason": "disk"}
_FIXED: dict[str, Any] = {"problem_id": "backup-old", "fix": "backup", "done": "A backup has begun."}


class TroubleAction(Answer):
    """The request that lets the store mend it."""

    model_config = example({"method": "POST", "path": "/api/v1/problems/backup-old/fix"})

    method: Literal["POST"]
    path: str


class Trouble(Answer):
    """One thing that is wrong, and what to do."""

    model_config = example(_TROUBLE)

    problem_id: str
    kind: str
    severity: Literal["critical", "warning", "notice"]
    title: str
    subject: str
    detail: str
    since: str = Field(description="Since when it was found; for what is looked at live, since this process saw it.")
    next_step: str
    fix: str | None = Field(description="What the store does when told to fix it; null where it takes a person.")
    action: TroubleAction | None = Field(description="The request that tells it to; null where it takes a person.")


class Autonomy(Answer):
    """How long the store can trade as it is."""

    model_config = example(_AUTONOMY)

    days: float
    reason: str = Field(description="What ends it first: disk, price lists or certificate.")


class ProblemList(Answer):
    """What is wrong, the worst first."""

    model_config = example({"items": [_TROUBLE], "next_cursor": None, "autonomy": _AUTONOMY})

    items: list[Trouble]
    next_cursor: None = None
    autonomy: Autonomy


class TroubleFixed(Answer):
    """What the store did about it."""

    model_config = example(_FIXED)

    problem_id: str
    fix: str
    done: str
