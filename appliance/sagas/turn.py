"""One turn of one saga inside a unit of work: what can be appended, and what becomes of its message."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from appliance.application.ports import Context, Recorded
from appliance.domain import events_saga as s
from appliance.eventstore.messages import READY, WAITING, Change
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.sagas.definition import Definition, Retry, Settled, Step
from appliance.sagas.state import SagaState, current, stream

QUEUE = "sagas"
ACTOR = "run_saga_step"
POINTLESS_MS = 50  # waiting less than this costs more than it spares

# Two sagas that failed together should not come back together; nothing about it is secret.
_jitter = random.Random()  # noqa: S311


def backoff_ms(retry: Retry, attempt: int) -> int:
    """How long to wait after so many attempts: doubling up to the longest, less a random part of up to a half."""
    whole = min(retry.first_s * 2 ** min(attempt - 1, 32), retry.longest_s)
    return int(whole * 1000 * _jitter.uniform(0.5, 1.0))


class Turn:
    """Belongs to one saga and one unit of work; every method leaves the saga as its history then says it stands."""

    __slots__ = ("context", "definition", "message", "now_ms", "recorded", "state", "uow")

    def __init__(
        self, uow: UnitOfWork, state: SagaState, definition: Definition, context: Context, message: int | None
    ) -> None:
        self.uow = uow
        self.state = state
        self.definition = definition
        self.context = context
        self.message = message
        self.now_ms = uow.messages.now_ms
        self.recorded: list[Recorded] = []

    @property
    def is_out(self) -> bool:
        """Whether somebody is working on its message at this moment."""
        return self.message is not None and self.uow.messages.holder(self.message) is not None

    @property
    def was_begun(self) -> bool:
        """Whether a run of its message ended nobody knows how."""
        if self.message is None:
            return False
        return bool(self.uow.query("SELECT deliveries FROM messages WHERE id = ?", (self.message,))[0][0])

    # --- history ------------------------------------------------------------------------------------------------

    def record(self, event: s.SagaEvent) -> None:
        """Append to the saga's stream."""
        self.recorded += self.uow.append(stream(self.state.saga_id), event, context=self.context)
        self.state = current(self.uow, self.state.saga_id) or self.state

    def settled(self, step: str, result: Mapping[str, Any] | None = None, reason: str = "") -> Settled:
        """What an effect is given now."""
        state = self.state
        return Settled(
            saga_id=state.saga_id,
            subject=state.subject,
            step=step,
            input=state.input,
            results=state.results,
            result=result or {},
            reason=reason or state.reason,
        )

    # --- onward -------------------------------------------------------------------------------------------------

    def complete_step(self, step: Step, result: Mapping[str, Any], **fields: Any) -> None:
        """The step is done: say so, let it have its effect, and go on to the next."""
        following = self.definition.after(step.name, self.state.input)
        saga_id, attempt = self.state.saga_id, self.state.attempts + 1
        self.record(
            s.SagaStepCompleted(
                saga_id=saga_id,
                step=step.name,
                result=dict(result),
                next=following.name if following else None,
                at_ms=self.now_ms,
                attempt=attempt,
                **fields,
            )
        )
        if not fields.get("skipped"):
            step.on_done(self.uow, self.settled(step.name, result), self.context)
        self.arrive(following)

    def arrive(self, step: Step | None) -> None:
        """Go on with this step; None after the last."""
        if self.state.cancel is not None:
            self.turn_round("cancelled", self.state.cancel)
        elif step is None:
            self.record(s.SagaCompleted(saga_id=self.state.saga_id, at_ms=self.now_ms))
            self.definition.on_completed(self.uow, self.settled(""), self.context)
            self.end()
        elif step.wait is not None:
            self._wait(step)
        else:
            self.soon()

    def _wait(self, step: Step) -> None:
        wait = step.wait
        if wait is None:
            return
        escalate_ms, timeout_ms = int(wait.escalate_s * 1000), int(wait.timeout_s * 1000)
        self.record(
            s.SagaStepWaiting(
                saga_id=self.state.saga_id,
                step=step.name,
                at_ms=self.now_ms,
                escalate_after_ms=escalate_ms,
                timeout_after_ms=timeout_ms,
            )
        )
        self.later(min(escalate_ms, timeout_ms))

    # --- back ---------------------------------------------------------------------------------------------------

    def turn_round(self, code: str, reason: str, *, unknown: bool = False) -> None:
        """Begin to undo everything that was done, and the present step where its outcome is unknown."""
        state, definition = self.state, self.definition
        step = state.step or ""
        doubtful = unknown and state.step is not None and definition.step(step).compensation is not None
        first = definition.step(step) if doubtful else definition.undone_before(state.step, state.results)
        self.record(
            s.SagaCompensationStarted(
                saga_id=state.saga_id,
                step=step,
                code=code,
                reason=reason,
                next=first.name if first else None,
                at_ms=self.now_ms,
                attempt=state.attempts,
                unknown=doubtful,
            )
        )
        definition.on_compensating(self.uow, self.settled(step, reason=reason), self.context)
        self._back_to(first)

    def undo_step(self, step: Step, result: Mapping[str, Any], *, effect: bool = True, **fields: Any) -> None:
        """The step is undone: say so, let it have its effect, and go back to the one before."""
        state = self.state
        following = self.definition.undone_before(step.name, state.results)
        given = self.settled(step.name, result)  # with the result of what is just being undone
        self.record(
            s.SagaStepUndone(
                saga_id=state.saga_id,
                step=step.name,
                result=dict(result),
                next=following.name if following else None,
                at_ms=self.now_ms,
                attempt=state.attempts + 1,
                **fields,
            )
        )
        if effect:
            step.on_undone(self.uow, given, self.context)
        self._back_to(following)

    def _back_to(self, step: Step | None) -> None:
        if step is not None:
            self.soon()
            return
        self.record(s.SagaCompensated(saga_id=self.state.saga_id, reason=self.state.reason, at_ms=self.now_ms))
        self.definition.on_compensated(self.uow, self.settled(""), self.context)
        self.end()

    # --- not at all ---------------------------------------------------------------------------------------------

    def get_stuck(self, code: str, detail: str, *, refused: bool = False) -> None:
        """Try nothing more: people have to look."""
        state = self.state
        self.record(
            s.SagaStuck(
                saga_id=state.saga_id,
                step=state.step or "",
                code=code,
                detail=detail,
                at_ms=self.now_ms,
                undoing=state.undoing,
                refused=refused,
            )
        )
        self.definition.on_stuck(self.uow, self.settled(state.step or "", reason=detail), self.context)
        self.end()

    # --- the message --------------------------------------------------------------------------------------------

    def soon(self, *, doubtful: bool = False) -> None:
        """Its message is due now."""
        self._message(Change(queue=QUEUE, state=READY, deliveries=int(doubtful), position=self.uow.position))

    def later(self, delay_ms: int, *, doubtful: bool = False) -> None:
        """Its message is due after so long; `doubtful`: what it is about may have been carried out."""
        due_ms = self.now_ms + max(delay_ms, POINTLESS_MS)
        position = self.uow.position
        self._message(Change(queue=QUEUE, state=WAITING, due_ms=due_ms, deliveries=int(doubtful), position=position))

    def end(self) -> None:
        """It needs no message any more."""
        if self.message is not None:
            self.uow.messages.remove(self.message, self.state.saga_id)
            self.message = None

    def _message(self, change: Change) -> None:
        if self.message is not None:
            self.uow.messages.change(self.message, change)
            return
        delay_ms = max(change.due_ms - self.now_ms, 0) if change.state == WAITING else 0
        self.message = self.uow.enqueue(QUEUE, ACTOR, b"", delay_ms=delay_ms, saga=self.state.saga_id)
