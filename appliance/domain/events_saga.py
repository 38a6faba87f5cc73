"""A saga's history as facts: what was done, what was put off and why, what was taken back, and who decided.

Every one stands in the stream `saga-<id>`. `at_ms` is the store's steady time, which no jump of the wall clock moves:
from it, and from nothing else, a saga's automatic work is counted against its deadline. An event that moves a saga on
names the step that is next, so that a history can be read without the program that wrote it.

Results and inputs are JSON-like facts without personal data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaStarted:
    """A saga begins; it keeps this version of its definition to its end."""

    saga_id: str
    definition: str
    version: int
    subject: str
    input: dict[str, Any]
    next: str  # the first step
    at_ms: int
    correlation_id: str = ""  # of the work that began it, so that all its steps belong to the same
    traceparent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaStepCompleted:
    """A step was done. `next` is None after the last; in a saga that has turned round it is the step itself."""

    saga_id: str
    step: str
    result: dict[str, Any]
    next: str | None
    at_ms: int
    attempt: int = 1
    started_at: str | None = None  # RFC 3339: when the call that brought this outcome was begun
    found: bool = False  # the outcome had been unknown, and the provider was asked
    skipped: bool = False  # passed over: by a person, or because it is optional and failed for good
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaStepWaiting:
    """A step is waiting for an event or a person; the saga's own deadline stands still."""

    saga_id: str
    step: str
    at_ms: int
    escalate_after_ms: int
    timeout_after_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaEscalated:
    """Nobody has come yet for a waiting step; people should look."""

    saga_id: str
    step: str
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaStepHeld:
    """A call could not be sent: it is no attempt, and is sent when the way is open again. Said once, not each time."""

    saga_id: str
    step: str
    code: str
    detail: str
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaRetryScheduled:
    """An attempt failed and another follows. `unknown` says that the call may have been carried out all the same."""

    saga_id: str
    step: str
    attempt: int
    code: str
    detail: str
    delay_ms: int
    at_ms: int
    undoing: bool = False
    unknown: bool = False
    started_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaCompensationStarted:
    """The saga turns round. `next` is the first step to be undone, None where there is nothing to undo."""

    saga_id: str
    step: str  # where it turned
    code: str
    reason: str
    next: str | None
    at_ms: int
    attempt: int = 0
    unknown: bool = False  # whether `step` may have been carried out


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaStepUndone:
    """A step was taken back, or found to need it not; `next` is the one to be undone after it."""

    saga_id: str
    step: str
    result: dict[str, Any]
    next: str | None
    at_ms: int
    attempt: int = 1
    started_at: str | None = None
    skipped: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaStuck:
    """Nothing more is tried: a person has to decide. Money or goods may hang in between."""

    saga_id: str
    step: str
    code: str
    detail: str
    at_ms: int
    undoing: bool = False
    refused: bool = False  # by a definite no: another try needs a key of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaCancelRequested:
    """Somebody wants the saga undone; a call that is under way is first heard out."""

    saga_id: str
    reason: str
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaOperatorActed:
    """A person decided: "retry", "compensate" or "skip", and said why. `run` is what the step's key now carries."""

    saga_id: str
    step: str | None
    action: str
    reason: str
    at_ms: int
    run: int = 1
    operator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaCompleted:
    """Every step is done."""

    saga_id: str
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaCompensated:
    """Everything that was done has been taken back."""

    saga_id: str
    reason: str
    at_ms: int


SagaEvent = (
    SagaStarted
    | SagaStepCompleted
    | SagaStepWaiting
    | SagaEscalated
    | SagaStepHeld
    | SagaRetryScheduled
    | SagaCompensationStarted
    | SagaStepUndone
    | SagaStuck
    | SagaCancelRequested
    | SagaOperatorActed
    | SagaCompleted
    | SagaCompensated
)
