"""A saga as its history says it stands. A fold: every event is taken as it is, and nothing is read but the events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec
from msgspec.structs import replace

from appliance.application.facts import FactWriter
from appliance.application.ports import Recorded
from appliance.domain import events_saga as s
from appliance.domain.events import Event
from appliance.eventstore import codec
from appliance.eventstore.memory import MISSING, STALE
from appliance.eventstore.unit_of_work import UnitOfWork

RUNNING, WAITING, COMPENSATING, STUCK = "running", "waiting", "compensating", "stuck"
COMPLETED, COMPENSATED = "completed", "compensated"
TERMINAL = frozenset({COMPLETED, COMPENSATED})
ALIVE = frozenset({RUNNING, WAITING, COMPENSATING})
"""What must hold a live message; a stuck saga waits for a person and holds none."""


class SagaState(msgspec.Struct, frozen=True, kw_only=True):
    """A saga as it stands.

    `step` is the one that is next to be done, or undone. `unknown` says that its call may have been carried out.
    `failed` says that it was refused for good, so that another try by a person needs a key of its own.
    """

    saga_id: str
    definition: str
    version: int
    subject: str
    input: Mapping[str, Any]
    step: str | None
    status: str = RUNNING
    undoing: bool = False
    results: Mapping[str, Mapping[str, Any]] = {}
    attempts: int = 0
    unknown: bool = False
    failed: bool = False
    held: str | None = None
    held_since: int | None = None  # since when this step has not reached anybody, attempts in between or not
    escalated: bool = False
    cancel: str | None = None
    reason: str = ""
    runs: Mapping[str, int] = {}
    worked_ms: int = 0
    correlation_id: str = ""  # of what began it; empty in sagas of the time before
    traceparent: str = ""
    since_ms: int | None = None  # since when the saga's own clock has been running; None while it stands still

    def worked_until(self, now_ms: int) -> int:
        """Automatic work so far."""
        return self.worked_ms + (max(now_ms - self.since_ms, 0) if self.since_ms is not None else 0)

    def run(self, step: str) -> int:
        """The run that the step's key carries."""
        return self.runs.get(step, 1)


_Evolve = Callable[[SagaState, Any], SagaState]


def _completed_step(state: SagaState, event: s.SagaStepCompleted) -> SagaState:
    results = state.results if event.skipped else {**state.results, event.step: event.result}
    if state.undoing:
        return replace(state, results=results, unknown=False, attempts=0, held=None)
    since = event.at_ms if state.since_ms is None else state.since_ms
    return replace(
        state,
        results=results,
        step=event.next,
        status=RUNNING,
        attempts=0,
        unknown=False,
        failed=False,
        held=None,
        held_since=None,
        escalated=False,
        since_ms=since,
    )


def _waiting(state: SagaState, event: s.SagaStepWaiting) -> SagaState:
    return replace(state, status=WAITING, step=event.step, worked_ms=state.worked_until(event.at_ms), since_ms=None)


def _escalated(state: SagaState, _: s.SagaEscalated) -> SagaState:
    return replace(state, escalated=True)


def _held(state: SagaState, event: s.SagaStepHeld) -> SagaState:
    since = event.at_ms if state.held_since is None else state.held_since
    return replace(state, held=event.code, held_since=since)


def _retried(state: SagaState, event: s.SagaRetryScheduled) -> SagaState:
    return replace(state, attempts=event.attempt, unknown=event.unknown, held=None)


def _turned(state: SagaState, event: s.SagaCompensationStarted) -> SagaState:
    return replace(
        state,
        status=COMPENSATING,
        undoing=True,
        step=event.next,
        reason=event.reason,
        attempts=0,
        held=None,
        held_since=None,
        unknown=event.unknown,
        failed=False,
        cancel=None,
        worked_ms=state.worked_until(event.at_ms),
        since_ms=None,
    )


def _undone(state: SagaState, event: s.SagaStepUndone) -> SagaState:
    results = {step: result for step, result in state.results.items() if step != event.step}
    return replace(
        state,
        step=event.next,
        status=COMPENSATING,
        attempts=0,
        unknown=False,
        failed=False,
        held=None,
        held_since=None,
        results=results,
    )


def _stuck(state: SagaState, event: s.SagaStuck) -> SagaState:
    return replace(
        state, status=STUCK, failed=event.refused, held=None, worked_ms=state.worked_until(event.at_ms), since_ms=None
    )


def _cancel(state: SagaState, event: s.SagaCancelRequested) -> SagaState:
    return replace(state, cancel=event.reason)


def _acted(state: SagaState, event: s.SagaOperatorActed) -> SagaState:
    if event.action != "retry" or event.step is None:
        return state
    status = COMPENSATING if state.undoing else RUNNING
    since = None if state.undoing else event.at_ms
    return replace(
        state,
        status=status,
        attempts=0,
        failed=False,
        held=None,
        held_since=None,
        runs={**state.runs, event.step: event.run},
        since_ms=since,
        worked_ms=0,
    )


def _completed(state: SagaState, event: s.SagaCompleted) -> SagaState:
    return replace(state, status=COMPLETED, step=None, worked_ms=state.worked_until(event.at_ms), since_ms=None)


def _compensated(state: SagaState, _: s.SagaCompensated) -> SagaState:
    return replace(state, status=COMPENSATED, step=None)


_EVOLVE: Mapping[type[Event], _Evolve] = {
    s.SagaStepCompleted: _completed_step,
    s.SagaStepWaiting: _waiting,
    s.SagaEscalated: _escalated,
    s.SagaStepHeld: _held,
    s.SagaRetryScheduled: _retried,
    s.SagaCompensationStarted: _turned,
    s.SagaStepUndone: _undone,
    s.SagaStuck: _stuck,
    s.SagaCancelRequested: _cancel,
    s.SagaOperatorActed: _acted,
    s.SagaCompleted: _completed,
    s.SagaCompensated: _compensated,
}


def begun(event: s.SagaStarted) -> SagaState:
    """A saga at its beginning."""
    return SagaState(
        saga_id=event.saga_id,
        definition=event.definition,
        version=event.version,
        subject=event.subject,
        input=event.input,
        step=event.next,
        since_ms=event.at_ms,
        correlation_id=event.correlation_id,
        traceparent=event.traceparent,
    )


def evolve(state: SagaState | None, event: Event) -> SagaState:
    """The saga after one more event of its stream."""
    if isinstance(event, s.SagaStarted):
        return begun(event)
    if state is None:
        msg = f"a saga's stream begins with saga.started, not {type(event).__name__}"
        raise TypeError(msg)
    return _EVOLVE[type(event)](state, event)


# --- in the writer's memory -----------------------------------------------------------------------------------------


def stream(saga_id: str) -> str:
    """The stream of a saga."""
    return f"saga-{saga_id}"


def current(uow: UnitOfWork, saga_id: str) -> SagaState | None:
    """The saga as of this unit of work, from memory where it is known."""

    def read(select: Callable[..., list[tuple[Any, ...]]]) -> SagaState | None:
        state: SagaState | None = None
        for (record,) in select(_HISTORY, (stream(saga_id),)):
            state = evolve(state, codec.decode(record).event)
        return state

    return uow.fact(("saga", saga_id), read)


_HISTORY = "SELECT CAST(record AS BLOB) FROM events WHERE stream_id = ? ORDER BY version"


def _started(facts: FactWriter, recorded: Recorded) -> None:
    event = cast("s.SagaStarted", recorded.event)
    facts.put(("saga", event.saga_id), begun(event))


def _moved(facts: FactWriter, recorded: Recorded) -> None:
    event = cast("s.SagaStepCompleted", recorded.event)
    key = ("saga", event.saga_id)
    known = facts.peek(key)
    if known is MISSING or known is STALE or known is None:
        facts.stale(key)
    else:
        facts.put(key, evolve(known, event))


TOUCH: Mapping[type[Event], Callable[[FactWriter, Recorded], None]] = {
    s.SagaStarted: _started,
    **dict.fromkeys(_EVOLVE, _moved),
}
"""What each event does to the saga that the writer has in memory."""
