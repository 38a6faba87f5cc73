"""What people decide about sagas and dead letters: handlers for the dispatcher, the same front door as all commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from appliance.application.commands_saga import SteerDeadLetter, SteerSaga
from appliance.application.ports import Context, Outcome
from appliance.domain import events_saga as s
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals import Conflict, NotFound
from appliance.domain.text import MAX_REASON, check_text
from appliance.eventstore.messages import DEAD, PARKED, READY, Change
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.sagas.course import Course
from appliance.sagas.state import STUCK, TERMINAL, WAITING, SagaState, current
from appliance.sagas.turn import Turn

Handler = Callable[[Any, Any, Context, StorePolicy], Outcome]
"""Gets the store's own unit of work: messages are decided about as well as events."""

_DEAD_LETTER = "SELECT id, queue, state, saga FROM messages WHERE id = ?"


class SagaNotFound(NotFound):
    """No saga has this id."""

    code = "saga-not-found"
    title = "There is no such saga"
    hint = "List the sagas; an order's saga has the order's id."


class SagaNotSteerable(Conflict):
    """The saga is not at a point where this can be decided."""

    code = "saga-not-steerable"
    title = "This cannot be decided about the saga now"
    hint = "Read the saga: what is under way has to end first, and what has ended stays as it is."


class DeadLetterNotFound(NotFound):
    """No message that gave up has this id."""

    code = "dead-letter-not-found"
    title = "There is no such dead letter"
    hint = "List the dead letters; this one may have been retried or discarded already."


class DeadLetterOfSaga(Conflict):
    """The message belongs to a saga, which would be left without one."""

    code = "dead-letter-of-saga"
    title = "This message belongs to a saga"
    hint = "Decide about the saga instead: retry, compensate or skip it."


def handlers(course: Course) -> Mapping[type, Handler]:
    """What is done about each command."""
    return {
        SteerSaga: partial(_steer, course),
        SteerDeadLetter: partial(_steer_dead_letter, course),
    }


# --- sagas -----------------------------------------------------------------------------------------------------


def _steer(course: Course, command: SteerSaga, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:
    del policy
    check_text(command.reason, "/reason", MAX_REASON, shortest=1)
    state = current(uow, command.saga_id)
    if state is None:
        raise SagaNotFound(f"There is no saga {command.saga_id[:64]!r}.")
    turn = course.turn(uow, state, context)
    before = uow.position
    _ACTIONS[command.action](turn, command)
    ids = {"saga_id": state.saga_id, "action": command.action}
    return Outcome(status=200, ids=ids, events=[each for each in turn.recorded if each.position > before])


def _retry(turn: Turn, command: SteerSaga) -> None:
    """Try the present step again, now. A key that was refused for good gets a successor; no other does."""
    state = turn.state
    _check_open(state)
    if state.status == WAITING:
        raise SagaNotSteerable(f"Saga {state.saga_id} waits for somebody; there is nothing to retry.")
    _check_not_out(turn)
    step = state.step or ""
    run = state.run(step) + int(state.failed and not state.undoing)
    doubtful = state.unknown or turn.was_begun  # a retry must not forget that a call may have been made
    _note(turn, command, run)
    turn.soon(doubtful=doubtful)


def _compensate(turn: Turn, command: SteerSaga) -> None:
    """Turn it round; a call that is under way is heard out first."""
    state = turn.state
    _check_open(state)
    if state.undoing:
        raise SagaNotSteerable(f"Saga {state.saga_id} is being undone already.")
    _note(turn, command, state.run(state.step or ""))
    if turn.is_out:
        turn.record(s.SagaCancelRequested(saga_id=state.saga_id, reason=command.reason, at_ms=turn.now_ms))
    else:
        turn.turn_round("operator", command.reason, unknown=state.unknown or turn.was_begun)


def _skip(turn: Turn, command: SteerSaga) -> None:
    """Take the present step for done, or for undone, without calling anybody."""
    state = turn.state
    _check_open(state)
    if state.status == WAITING:
        raise SagaNotSteerable(f"Saga {state.saga_id} waits for somebody, which cannot be skipped.")
    _check_not_out(turn)
    _note(turn, command, state.run(state.step or ""))
    step = turn.definition.step(state.step or "")
    if state.undoing:
        turn.undo_step(step, {}, effect=False, skipped=True, note=command.reason)
    else:
        turn.complete_step(step, {}, skipped=True, note=command.reason)


_ACTIONS: Mapping[str, Callable[[Turn, SteerSaga], None]] = {
    "retry": _retry,
    "compensate": _compensate,
    "skip": _skip,
}


def _check_open(state: SagaState) -> None:
    if state.status in TERMINAL:
        raise SagaNotSteerable(f"Saga {state.saga_id} is {state.status}.", status=state.status)


def _check_not_out(turn: Turn) -> None:
    if turn.is_out and turn.state.status != STUCK:
        raise SagaNotSteerable(f"A call of saga {turn.state.saga_id} is under way; wait for its end.")


def _note(turn: Turn, command: SteerSaga, run: int) -> None:
    turn.record(
        s.SagaOperatorActed(
            saga_id=turn.state.saga_id,
            step=turn.state.step,
            action=command.action,
            reason=command.reason,
            at_ms=turn.now_ms,
            run=run,
            operator=command.operator or turn.context.operator,
        )
    )


# --- dead letters ----------------------------------------------------------------------------------------------


def _steer_dead_letter(
    course: Course, command: SteerDeadLetter, uow: UnitOfWork, context: Context, policy: StorePolicy
) -> Outcome:
    found = uow.query(_DEAD_LETTER, (command.message_id,))
    if not found or found[0][2] not in (DEAD, PARKED):
        raise DeadLetterNotFound(f"There is no dead letter {command.message_id}.")
    _, queue, _, saga = found[0]
    ids = {"message_id": str(command.message_id), "action": command.action}
    if saga is not None:
        return _of_saga(course, command, saga, ids, uow, context, policy)
    if command.action == "discard":
        uow.messages.remove(command.message_id)
    else:
        uow.messages.change(command.message_id, Change(queue=queue, state=READY))
    return Outcome(status=200, ids=ids)


def _of_saga(
    course: Course,
    command: SteerDeadLetter,
    saga: str,
    ids: Mapping[str, str],
    uow: UnitOfWork,
    context: Context,
    policy: StorePolicy,
) -> Outcome:
    if command.action == "discard":
        raise DeadLetterOfSaga(f"Message {command.message_id} belongs to saga {saga}.", saga_id=saga)
    reason = command.reason or "its message was retried"
    steer = SteerSaga(saga_id=saga, action="retry", reason=reason, operator=command.operator)
    outcome = _steer(course, steer, uow, context, policy)
    return Outcome(status=200, ids=ids, events=outcome.events)
