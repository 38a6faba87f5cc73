"""The writer's side of sagas: what an outcome means, decided in the transaction that records it.

Every function here runs on the writer thread inside a unit of work. The saga's events, what its steps mean for the
store, and its next message commit together or not at all; an outcome counts only while its delivery still holds the
message, so however late or often one comes, it is taken once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from appliance.application.ports import Context, Recorded
from appliance.domain import events_saga as s
from appliance.domain.events import Event
from appliance.eventstore.clock import Clock
from appliance.eventstore.group import Reaction
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.sagas import outcome as o
from appliance.sagas.definition import Begin, Cancel, Definition, Signal
from appliance.sagas.delivery import Delivery
from appliance.sagas.state import ALIVE, TERMINAL, WAITING, SagaState, current, stream
from appliance.sagas.turn import Turn
from appliance.sagas.turning import decide

Point = Callable[[str], None]
"""Told of named moments, so that tests can end the process there."""


class Course:
    """Knows the definitions, all versions of them that sagas may still be at."""

    def __init__(self, definitions: Iterable[Definition], clock: Clock, point: Point = lambda _: None) -> None:
        self._definitions = {(each.name, each.version): each for each in definitions}
        self._clock = clock
        self._point = point

    def redefine(self, definitions: Iterable[Definition]) -> None:
        """Go by the same definitions with other times; waits that have begun end when they were to."""
        self._definitions = {(each.name, each.version): each for each in definitions}

    @property
    def definitions(self) -> Mapping[tuple[str, int], Definition]:
        """By name and version."""
        return self._definitions

    def definition(self, state: SagaState) -> Definition:
        """What the saga goes by."""
        return self._definitions[state.definition, state.version]

    def newest(self, name: str) -> Definition:
        """What a saga that begins now goes by."""
        return self._definitions[name, max(version for known, version in self._definitions if known == name)]

    def reactions(self) -> Mapping[type[Event], Reaction]:
        """What events set off, in their own transaction."""
        found: dict[type[Event], list[Reaction]] = {}
        for name in dict.fromkeys(name for name, _ in self._definitions):
            newest = self.newest(name)
            for event, begins in newest.starts.items():
                found.setdefault(event, []).append(self._starting(name, begins))
            for event, signals in newest.signals.items():
                found.setdefault(event, []).append(self._signalling(signals))
            for event, cancels in newest.cancels.items():
                found.setdefault(event, []).append(self._cancelling(cancels))
        return {event: _all_of(reactions) for event, reactions in found.items()}

    # --- beginning ----------------------------------------------------------------------------------------------

    def begin(self, uow: UnitOfWork, name: str, begin: Begin, context: Context) -> bool:
        """Begin a saga, unless there is one of that id; answers whether it did."""
        if current(uow, begin.saga_id) is not None:
            return False
        definition = self.newest(name)
        first = definition.after(None, begin.input)
        if first is None:
            return False
        event = s.SagaStarted(
            saga_id=begin.saga_id,
            definition=name,
            version=definition.version,
            subject=begin.subject,
            input=dict(begin.input),
            next=first.name,
            at_ms=uow.messages.now_ms,
            correlation_id=context.correlation_id or context.command_id,
            traceparent=context.traceparent or "",
        )
        uow.append(stream(begin.saga_id), event, context=context)
        state = current(uow, begin.saga_id)
        if state is not None:
            Turn(uow, state, definition, self._context(state), None).arrive(first)
        return True

    # --- going on -----------------------------------------------------------------------------------------------

    def settle(self, uow: UnitOfWork, delivery: Delivery, outcome: o.Outcome) -> bool:
        """Record what came of a delivery; False, and nothing is done, where it does not hold the message any more."""
        row = delivery.row
        if row.saga is None or uow.messages.holder(row.id) != delivery.token:
            return False
        state = current(uow, row.saga)
        if state is None or state.status not in ALIVE:
            uow.messages.remove(row.id, row.saga)
            return True
        self._point("before_append")
        turn = Turn(uow, state, self.definition(state), self._context(state), row.id)
        decide(turn, outcome, doubtful=delivery.again)
        self._point("after_enqueue")
        return True

    def give_up(self, uow: UnitOfWork, saga_id: str, code: str, detail: str) -> None:
        """Its message has become a dead letter: the saga is stuck, for everybody to see."""
        state = current(uow, saga_id)
        if state is not None and state.status in ALIVE:
            turn = Turn(uow, state, self.definition(state), self._context(state), None)
            decide(turn, o.Broken(f"message-{code}", detail), doubtful=True)

    # --- from outside -------------------------------------------------------------------------------------------

    def signal(self, uow: UnitOfWork, signal: Signal, context: Context) -> bool:
        """End a wait; answers whether the saga was waiting at that step."""
        state = current(uow, signal.saga_id)
        if state is None or state.status != WAITING or state.step != signal.step:
            return False
        turn = self._turn(uow, state, context)
        turn.complete_step(turn.definition.step(signal.step), signal.result)
        return True

    def cancel(self, uow: UnitOfWork, cancel: Cancel, context: Context) -> bool:
        """Turn a saga round, or have it turned round once a call under way was heard out; False if it is too late."""
        state = current(uow, cancel.saga_id)
        if state is None or state.status in TERMINAL or state.undoing:
            return False
        turn = self._turn(uow, state, context)
        if turn.is_out:
            turn.record(s.SagaCancelRequested(saga_id=state.saga_id, reason=cancel.reason, at_ms=turn.now_ms))
        else:
            turn.turn_round("cancelled", cancel.reason, unknown=state.unknown or turn.was_begun)
        return True

    def turn(self, uow: UnitOfWork, state: SagaState, context: Context) -> Turn:
        """A turn for a person's decision."""
        return self._turn(uow, state, context)

    # --- inside -------------------------------------------------------------------------------------------------

    def _turn(self, uow: UnitOfWork, state: SagaState, context: Context) -> Turn:
        return Turn(uow, state, self.definition(state), context, uow.messages.of_saga(state.saga_id))

    def _context(self, state: SagaState) -> Context:
        # What caused it has a name already: the saga's message, and how far the saga had come.
        command_id = f"{state.saga_id}:{state.step}"
        return Context(
            command_id=command_id,
            occurred_at=self._clock(),
            correlation_id=state.correlation_id or state.saga_id,
            role="system",
            traceparent=state.traceparent or None,
        )

    def _starting(self, name: str, begins: Callable[[Any], Begin | None]) -> Reaction:
        def react(uow: UnitOfWork, recorded: Recorded, context: Context) -> None:
            found = begins(recorded.event)
            if found is not None:
                self.begin(uow, name, found, context)

        return react

    def _signalling(self, signals: Callable[[Any], Signal | None]) -> Reaction:
        def react(uow: UnitOfWork, recorded: Recorded, context: Context) -> None:
            found = signals(recorded.event)
            if found is not None:
                self.signal(uow, found, context)

        return react

    def _cancelling(self, cancels: Callable[[Any], Cancel | None]) -> Reaction:
        def react(uow: UnitOfWork, recorded: Recorded, context: Context) -> None:
            found = cancels(recorded.event)
            if found is not None:
                self.cancel(uow, found, context)

        return react


def _all_of(reactions: list[Reaction]) -> Reaction:
    if len(reactions) == 1:
        return reactions[0]

    def react(uow: UnitOfWork, recorded: Recorded, context: Context) -> None:
        for each in reactions:
            each(uow, recorded, context)

    return react
