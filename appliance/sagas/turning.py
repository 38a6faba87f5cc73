"""What each outcome makes of a saga.

Forward, until the end or the first definite failure; then back, until nothing that was done is left undone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from appliance.domain import events_saga as s
from appliance.sagas import outcome as o
from appliance.sagas.definition import Step
from appliance.sagas.state import WAITING
from appliance.sagas.turn import Turn, backoff_ms

PENDING_SECONDS = 5.0  # between two questions about a call that the provider is still at

_Rule = Callable[[Turn, Step, Any, bool], None]


def decide(turn: Turn, outcome: o.Outcome, *, doubtful: bool) -> None:
    """Move the saga on by an outcome. `doubtful`: a run of this message ended nobody knows how."""
    step = turn.definition.step(turn.state.step or "")
    rules = _BACKWARD if turn.state.undoing else _FORWARD
    rules[type(outcome)](turn, step, outcome, doubtful or turn.state.unknown)


def past_deadline(turn: Turn) -> bool:
    """Whether the saga has worked for longer than it may; only on its way forward."""
    return turn.state.worked_until(turn.now_ms) >= turn.definition.deadline_s * 1000


# --- forward ---------------------------------------------------------------------------------------------------


def _did(turn: Turn, step: Step, outcome: o.Did, _: bool) -> None:
    turn.complete_step(step, outcome.result, started_at=outcome.started_at, found=outcome.found)


def _refused(turn: Turn, step: Step, outcome: o.Refused, _: bool) -> None:
    _fail_for_good(turn, step, outcome.code, outcome.detail, unknown=False)


def _failed(turn: Turn, step: Step, outcome: o.Failed, _: bool) -> None:
    attempt = turn.state.attempts + 1
    delay_ms = backoff_ms(step.retry, attempt)
    _retry(turn, step, outcome, attempt, delay_ms)
    if attempt >= step.retry.attempts:
        detail = f"{outcome.detail} ({attempt} attempts)"
        _fail_for_good(turn, step, outcome.code, detail, unknown=outcome.unknown)
    elif turn.state.cancel is not None:
        turn.turn_round("cancelled", turn.state.cancel, unknown=outcome.unknown)
    elif past_deadline(turn):
        _fail_for_good(turn, step, "deadline", _DEADLINE, unknown=outcome.unknown)
    else:
        turn.later(delay_ms, doubtful=outcome.unknown)


def _retry(turn: Turn, step: Step, outcome: o.Failed, attempt: int, delay_ms: int) -> None:
    turn.record(
        s.SagaRetryScheduled(
            saga_id=turn.state.saga_id,
            step=step.name,
            attempt=attempt,
            code=outcome.code,
            detail=outcome.detail,
            delay_ms=delay_ms,
            at_ms=turn.now_ms,
            undoing=turn.state.undoing,
            unknown=outcome.unknown,
            started_at=outcome.started_at,
        )
    )


def _fail_for_good(turn: Turn, step: Step, code: str, detail: str, *, unknown: bool) -> None:
    if step.optional:
        turn.complete_step(step, {}, skipped=True, note=f"{code}: {detail}")
    else:
        turn.turn_round(code, detail, unknown=unknown)


def _held(turn: Turn, step: Step, outcome: o.Held, doubtful: bool) -> None:
    if turn.state.cancel is not None and not turn.state.undoing:
        turn.turn_round("cancelled", turn.state.cancel, unknown=doubtful)
        return
    if step.optional and not turn.state.undoing and (_out_of_patience(turn, step) or past_deadline(turn)):
        _fail_for_good(turn, step, outcome.code, outcome.detail, unknown=doubtful)
        return
    if turn.state.held != outcome.code:
        turn.record(
            s.SagaStepHeld(
                saga_id=turn.state.saga_id, step=step.name, code=outcome.code, detail=outcome.detail, at_ms=turn.now_ms
            )
        )
    turn.later(int(outcome.after_s * 1000), doubtful=doubtful)


def _out_of_patience(turn: Turn, step: Step) -> bool:
    since = turn.state.held_since
    return since is not None and turn.now_ms - since >= step.patience_s * 1000


def _pending(turn: Turn, step: Step, _: o.Pending, doubtful: bool) -> None:
    del step
    turn.later(int(PENDING_SECONDS * 1000), doubtful=doubtful)


def _due(turn: Turn, step: Step, _: o.Due, doubtful: bool) -> None:
    state = turn.state
    if state.cancel is not None:
        turn.turn_round("cancelled", state.cancel, unknown=doubtful)
    elif state.status == WAITING and step.wait is not None:
        _nobody_came(turn, step)
    elif past_deadline(turn) and not step.optional:
        turn.turn_round("deadline", _DEADLINE, unknown=doubtful)
    else:
        turn.soon(doubtful=doubtful)


def _nobody_came(turn: Turn, step: Step) -> None:
    wait = step.wait
    if wait is None:
        return
    left_s = wait.timeout_s - wait.escalate_s
    if turn.state.escalated or left_s <= 0:
        turn.turn_round("expired", wait.expired)
    else:
        turn.record(s.SagaEscalated(saga_id=turn.state.saga_id, step=step.name, at_ms=turn.now_ms))
        turn.later(int(left_s * 1000))


def _broken(turn: Turn, step: Step, outcome: o.Broken, _: bool) -> None:
    """Whatever was called has been carried out: say that nobody recorded it, so that undoing will ask."""
    failed = o.Failed(outcome.code, outcome.detail, unknown=True, started_at="")
    _retry(turn, step, failed, turn.state.attempts + 1, 0)
    turn.get_stuck(outcome.code, outcome.detail)


# --- back ------------------------------------------------------------------------------------------------------


def _undid(turn: Turn, step: Step, outcome: o.Did, _: bool) -> None:
    turn.undo_step(step, outcome.result, started_at=outcome.started_at)


def _did_after_all(turn: Turn, step: Step, outcome: o.DidAfterAll, _: bool) -> None:
    turn.record(
        s.SagaStepCompleted(
            saga_id=turn.state.saga_id,
            step=step.name,
            result=dict(outcome.result),
            next=step.name,
            at_ms=turn.now_ms,
            found=True,
        )
    )
    step.on_done(turn.uow, turn.settled(step.name, outcome.result), turn.context)
    turn.soon()


def _never_did(turn: Turn, step: Step, outcome: o.NeverDid, _: bool) -> None:
    turn.undo_step(step, {}, effect=False, note=outcome.note)


def _absent(turn: Turn, step: Step, _: o.Absent, doubtful: bool) -> None:
    """Believed only when it is heard again after the time in which a late call may still arrive."""
    del doubtful
    if turn.state.attempts:
        turn.undo_step(step, {}, effect=False, note="was never carried out")
        return
    failed = o.Failed("absent", "the provider does not know of it; it is asked once more", unknown=True, started_at="")
    delay_ms = int(step.late_s * 1000)
    _retry(turn, step, failed, 1, delay_ms)
    turn.later(delay_ms, doubtful=True)


def _undo_refused(turn: Turn, step: Step, outcome: o.Refused, _: bool) -> None:
    del step
    turn.get_stuck(outcome.code, outcome.detail, refused=True)


def _undo_failed(turn: Turn, step: Step, outcome: o.Failed, _: bool) -> None:
    attempt = turn.state.attempts + 1
    delay_ms = backoff_ms(step.undo_retry, attempt)
    _retry(turn, step, outcome, attempt, delay_ms)
    if attempt >= step.undo_retry.attempts:
        turn.get_stuck(outcome.code, f"{outcome.detail} ({attempt} attempts)")
    else:
        turn.later(delay_ms, doubtful=outcome.unknown)


_DEADLINE = "The time for automatic work is over."

_FORWARD: Mapping[type, _Rule] = {
    o.Did: _did,
    o.Pending: _pending,
    o.Failed: _failed,
    o.Refused: _refused,
    o.Held: _held,
    o.Due: _due,
    o.Broken: _broken,
}
_BACKWARD: Mapping[type, _Rule] = {
    o.Did: _undid,
    o.DidAfterAll: _did_after_all,
    o.NeverDid: _never_did,
    o.Absent: _absent,
    o.Pending: _pending,
    o.Failed: _undo_failed,
    o.Refused: _undo_refused,
    o.Held: _held,
    o.Due: lambda turn, _step, _outcome, doubtful: turn.soon(doubtful=doubtful),
    o.Broken: _broken,
}
