"""Sagas and dead letters on the wire."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from appliance.schemas.common import Answer, Body, GivenReason, Person, Reason, example

_AT = "2026-11-24T09:30:00.000000Z"
_SUMMARY: dict[str, Any] = {
    "saga_id": "0193a1f0-0000-7000-8000-000000000001",
    "definition": "order_fulfilment",
    "version": 1,
    "subject": "0193a1f0-0000-7000-8000-000000000001",
    "status": "compensating",
    "step": "reserve_inventory",
    "attempts": 0,
    "code": "card_declined",
    "detail": None,
    "reason": "The card was declined.",
    "started_at": _AT,
    "updated_at": _AT,
    "finished_at": None,
}
_STEP: dict[str, Any] = {
    "step": "process_payment",
    "direction": "do",
    "status": "failed",
    "attempts": 1,
    "started_at": _AT,
    "finished_at": _AT,
    "result": None,
    "note": None,
    "errors": [{"at": _AT, "attempt": None, "code": "card_declined", "detail": "The card was declined."}],
}


class SagaSummary(Answer):
    """Where a saga stands."""

    model_config = example(_SUMMARY)

    saga_id: str
    definition: str
    version: int
    subject: str = Field(description="What it is about: an order's id.")
    status: str = Field(description="running, waiting, compensating, stuck, completed or compensated.")
    step: str | None = Field(description="The step that is next, to be done or undone.")
    attempts: int
    code: str | None = Field(description="Why it does not go on at once, in a word.")
    detail: str | None
    reason: str | None = Field(description="Why it turned round.")
    started_at: str
    updated_at: str
    finished_at: str | None


class StepError(Answer):
    """Why an attempt came to nothing; `attempt` is null for what was no attempt."""

    at: str
    attempt: int | None
    code: str
    detail: str


class SagaStep(Answer):
    """One step in one direction."""

    model_config = example(_STEP)

    step: str
    direction: str = Field(description="do or undo.")
    status: str = Field(
        description="running, waiting, held, retrying, done, undone, skipped, failed, unknown or stuck."
    )
    attempts: int
    started_at: str
    finished_at: str | None
    result: dict[str, Any] | None
    note: str | None
    errors: list[StepError]


class Told(Answer):
    """One event of a saga's story, with its own fields."""

    model_config = ConfigDict(extra="allow") | example({"at": _AT, "type": "saga.escalated", "step": "pick"})

    at: str
    type: str


class SagaMessage(Answer):
    """The message that a saga holds."""

    id: int
    state: str
    due_ms: int = Field(description="In the store's steady time.")
    deliveries: int
    attempts: int
    error: str | None


class Saga(SagaSummary):
    """A saga, whole."""

    model_config = example({**_SUMMARY, "steps": [_STEP], "story": [], "message": None, "events": 4})

    steps: list[SagaStep]
    story: list[Told]
    message: SagaMessage | None
    events: int


class Steer(Body):
    """Why a person decides so; it becomes part of the saga's history."""

    model_config = example({"reason": "The provider confirmed it by phone.", "operator": "anna"})

    reason: GivenReason
    operator: Person | None = None


class SagaSteered(Answer):
    """What was decided."""

    model_config = example({"saga_id": "0193a1f0-0000-7000-8000-000000000001", "action": "retry"})

    saga_id: str
    action: str


class DeadLetter(Answer):
    """A message that gave up."""

    model_config = example(
        {
            "id": 17,
            "queue": "sagas",
            "actor": "run_saga_step",
            "state": "dead",
            "saga_id": "0193a1f0-0000-7000-8000-000000000001",
            "attempts": 0,
            "kills": 5,
            "error": "the process died 5 times while it ran",
            "traceback": None,
            "enqueued_at": _AT,
            "failed_at": _AT,
            "bytes": 0,
            "body": "",
        }
    )

    id: int
    queue: str
    actor: str
    state: str = Field(description="dead, or parked where this program does not know its actor.")
    saga_id: str | None
    attempts: int
    kills: int = Field(description="How often the process died while it ran.")
    error: str | None
    traceback: str | None
    enqueued_at: str
    failed_at: str | None
    bytes: int
    body: str = Field(description="Its beginning; the whole is kept.")


class SteerLetter(Body):
    """Why, for a message that belongs to a saga."""

    model_config = example({"reason": "The fault is mended.", "operator": "anna"})

    reason: Reason = ""
    operator: Person | None = None


class DeadLetterSteered(Answer):
    """What was decided."""

    model_config = example({"message_id": "17", "action": "retry"})

    message_id: str
    action: str
