"""Working on one message of a saga: which call is to be made, and what its answer, or the lack of one, amounts to.

Runs on the application's loop and touches nothing of the store. What may have been carried out already is asked for
by its key before it is done again or taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from appliance.application.deadlines import Deadlines
from appliance.application.outside import Declined, Found, NotSent, OutcomeUnknown, Outside, TryAgain
from appliance.eventstore.clock import Clock, rfc3339
from appliance.sagas import outcome as o
from appliance.sagas.definition import Action, Ask, Call, Definition, Step, as_data
from appliance.sagas.state import ALIVE, WAITING, SagaState

Point = Callable[[str], None]

MAX_DETAIL_CHARS = 500


@dataclass(frozen=True, slots=True)
class Performer:
    """Makes the calls."""

    outside: Outside
    clock: Clock
    steady: Callable[[], int]
    deadlines: Deadlines
    point: Point = lambda _: None

    async def perform(self, state: SagaState, definition: Definition, *, again: bool) -> o.Outcome:
        """Do what the saga needs next. `again`: a run of this message ended nobody knows how."""
        if self._nothing_to_call(state, definition) or state.step is None:
            return o.Due()
        step = definition.step(state.step)
        doubtful = again or state.unknown
        if not state.undoing:
            return await self._forward(state, step, doubtful=doubtful)
        if doubtful and step.name not in state.results and step.ask is not None:
            return await self._was_it_done(state, step)
        return await self._back(state, step, doubtful=doubtful)

    def _nothing_to_call(self, state: SagaState, definition: Definition) -> bool:
        if state.status not in ALIVE or state.status == WAITING:
            return True
        if state.undoing:
            return False
        return state.cancel is not None or self._too_late(state, definition)

    def _too_late(self, state: SagaState, definition: Definition) -> bool:
        """Whether the time for automatic work is over; what is optional is tried all the same, for the last time."""
        if state.step is None or definition.step(state.step).optional:
            return False
        return state.worked_until(self.steady()) >= definition.deadline_s * 1000

    # --- forward ------------------------------------------------------------------------------------------------

    async def _forward(self, state: SagaState, step: Step, *, doubtful: bool) -> o.Outcome:
        call = self._call(state, step, f"{state.saga_id}:{step.name}:{state.run(step.name)}")
        if doubtful and step.ask is not None:
            known = await self._asked(step.ask, call, step)
            if not isinstance(known, Found):
                return known
            if known.state != "absent":
                return self._learned(known)
        return await self._called(step.action, call, step)

    def _learned(self, known: Found) -> o.Outcome:
        if known.state == "done":
            return o.Did(as_data(known.answer) if known.answer else {}, self._now(), found=True)
        if known.state == "refused":
            return o.Refused("refused", known.detail[:MAX_DETAIL_CHARS])
        return o.Pending()

    # --- back ---------------------------------------------------------------------------------------------------

    async def _was_it_done(self, state: SagaState, step: Step) -> o.Outcome:
        call = self._call(state, step, f"{state.saga_id}:{step.name}:{state.run(step.name)}")
        known = await self._asked(step.ask, call, step)
        if not isinstance(known, Found):
            return known
        if known.state == "done":
            return o.DidAfterAll(as_data(known.answer) if known.answer else {})
        if known.state == "refused":
            return o.NeverDid(f"was refused: {known.detail}"[:MAX_DETAIL_CHARS])
        return o.Absent() if known.state == "absent" else o.Pending()

    async def _back(self, state: SagaState, step: Step, *, doubtful: bool) -> o.Outcome:
        call = self._call(state, step, f"{state.saga_id}:{step.name}:undo")
        if doubtful and step.ask_undone is not None:
            known = await self._asked(step.ask_undone, call, step)
            if not isinstance(known, Found):
                return known
            if known.state != "absent":
                return self._learned(known)
        return await self._called(step.compensation, call, step)

    # --- calls --------------------------------------------------------------------------------------------------

    def _call(self, state: SagaState, step: Step, key: str) -> Call:
        return Call(
            saga_id=state.saga_id,
            subject=state.subject,
            step=step.name,
            key=key,
            input=state.input,
            results=state.results,
            outside=self.outside,
        )

    async def _called(self, action: Action | None, call: Call, step: Step) -> o.Outcome:
        started_at = self._now()
        if action is None:
            return o.Did({}, started_at)
        self.point(f"before_call:{call.key}")
        try:
            with self.deadlines.within(step.timeout_s):
                result = await action(call)
        except NotSent as error:
            return o.Held(error.code, error.detail[:MAX_DETAIL_CHARS], error.retry_after_s)
        except Declined as error:
            return o.Refused(error.code, error.detail[:MAX_DETAIL_CHARS])
        except TryAgain as error:
            return o.Failed(error.code, error.detail[:MAX_DETAIL_CHARS], unknown=False, started_at=started_at)
        except OutcomeUnknown as error:
            return o.Failed(error.code, error.detail[:MAX_DETAIL_CHARS], unknown=True, started_at=started_at)
        except TimeoutError:
            return o.Failed("timeout", f"no answer within {step.timeout_s:g} s", unknown=True, started_at=started_at)
        except Exception as error:  # noqa: BLE001  a defect in an action may have come after the call: nobody knows
            detail = f"{type(error).__name__}: {error}"[:MAX_DETAIL_CHARS]
            return o.Failed("defect", detail, unknown=True, started_at=started_at)
        self.point(f"after_call:{call.key}")
        return o.Did(result, started_at)

    async def _asked(self, ask: Ask | None, call: Call, step: Step) -> Found | o.Outcome:
        """What the provider knows; where that cannot be had, what is to be done instead. Asking changes nothing."""
        if ask is None:
            return Found("absent")
        started_at = self._now()
        self.point(f"before_ask:{call.key}")
        try:
            with self.deadlines.within(step.timeout_s):
                return await ask(call)
        except NotSent as error:
            return o.Held(error.code, error.detail[:MAX_DETAIL_CHARS], error.retry_after_s)
        except (Declined, TryAgain, OutcomeUnknown) as error:
            return o.Failed(error.code, error.detail[:MAX_DETAIL_CHARS], unknown=True, started_at=started_at)
        except TimeoutError:
            return o.Failed("timeout", f"no answer within {step.timeout_s:g} s", unknown=True, started_at=started_at)
        except Exception as error:  # noqa: BLE001  a defect in a question leaves the outcome as unknown as it was
            detail = f"{type(error).__name__}: {error}"[:MAX_DETAIL_CHARS]
            return o.Failed("defect", detail, unknown=True, started_at=started_at)

    def _now(self) -> str:
        return rfc3339(self.clock())
