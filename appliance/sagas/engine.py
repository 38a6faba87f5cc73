"""The loop's side of sagas: takes deliveries over from Dramatiq's worker, makes the calls, records what came of them.

A step holds no thread while it waits for the world: the worker's thread hands it to the application's loop and is free
again, and the row it is about is ended by the outcome's transaction.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import dramatiq

from appliance.application.ports import Recorded
from appliance.domain import events_saga as s
from appliance.domain.refusals import Refusal
from appliance.errors import CommandFailed, OutcomeUnknown, Overloaded, ShuttingDown, StoreFull
from appliance.eventstore.head import Head
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.eventstore.writer import Writer
from appliance.observability.correlation import correlated
from appliance.observability.tracing import NoTracing, Tracing
from appliance.sagas import outcome as o
from appliance.sagas.broker import SqliteBroker
from appliance.sagas.course import Course, Point
from appliance.sagas.delivery import Delivery
from appliance.sagas.middleware import AtHand
from appliance.sagas.performing import Performer
from appliance.sagas.state import TERMINAL, TOUCH, SagaState, begun, current, evolve
from appliance.sagas.turn import ACTOR, QUEUE

_log = logging.getLogger("backroom.sagas")

AT_ONCE = 256  # steps under way: beyond that a provider is not helped by more
BESIDE_SALES = 2  # steps begun together while the store sells, and so soon after each other
BESIDE_SALES_SECONDS = 0.002
KEPT = 20_000  # sagas in memory; the rest is read when it is its turn
FULL_SECONDS = 1.0  # how soon an outcome is offered to a full disk again


class Engine:
    """Drives all sagas; one a process, on one loop."""

    def __init__(
        self, course: Course, performer: Performer, writer: Writer, broker: SqliteBroker, point: Point = lambda _: None
    ) -> None:
        self._point = point
        self._course = course
        self._performer = performer
        self._writer = writer
        self._broker = broker
        self._loop = asyncio.get_running_loop()
        self._states: dict[str, SagaState] = {}
        self._inbox: deque[Delivery] = deque()
        self._tasks: dict[asyncio.Task[None], Delivery] = {}
        self._woken = False
        self.observe: Callable[[str, str, float], None] = lambda *_: None
        self.tracing: Tracing = NoTracing()
        broker.dying = course.give_up
        writer.listen(self._committed)

    def declare(self, at_hand: AtHand) -> None:
        """Declare the actor that every saga's message is for."""

        def run_saga_step(_: str) -> None:
            self.take(at_hand.delivery)

        dramatiq.actor(actor_name=ACTOR, queue_name=QUEUE, broker=self._broker)(run_saga_step)

    # --- from the worker's threads ------------------------------------------------------------------------------

    def take(self, delivery: Delivery) -> None:
        """Take a delivery over; from here on the engine ends it."""
        delivery.handed_over = True
        self._inbox.append(delivery)
        if not self._woken:
            self._woken = True
            self._loop.call_soon_threadsafe(self._begin)

    # --- from the writer's thread -------------------------------------------------------------------------------

    def _committed(self, _: Head, events: Sequence[Recorded]) -> None:
        states = self._states
        for recorded in events:
            event: Any = recorded.event
            if type(event) not in TOUCH:
                continue
            known = begun(event) if type(event) is s.SagaStarted else states.get(event.saga_id)
            if known is None:
                continue
            state = known if type(event) is s.SagaStarted else evolve(known, event)
            if state.status in TERMINAL:
                states.pop(state.saga_id, None)
            else:
                states[state.saga_id] = state
        if len(states) > KEPT:
            states.clear()

    # --- on the loop --------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Begin what has come: all of it, or a little at a time while the store sells.

        What begins together is answered together, and a wave of answers is the slowest sale of its second.
        """
        left = BESIDE_SALES if self._writer.selling else AT_ONCE
        while self._inbox and left:
            left -= 1
            self._begin_one(self._inbox.popleft())
        if not self._inbox:
            self._woken = False
        if self._inbox:  # looked at again: what was appended in between may have woken nobody
            self._woken = True
            self._loop.call_later(BESIDE_SALES_SECONDS, self._begin)

    def _begin_one(self, delivery: Delivery) -> None:
        task = self._loop.create_task(self._run(delivery))
        self._tasks[task] = delivery
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        delivery = self._tasks.pop(task)
        if task.cancelled():
            return
        delivery.release()
        error = task.exception()
        if error is not None:  # the row stays held: it is given back at the next start, and until then it is missing
            _log.error("a step of saga %s failed", delivery.row.saga, exc_info=error)

    async def _run(self, delivery: Delivery) -> None:
        saga_id = delivery.row.saga or ""
        state = self._states.get(saga_id)
        if state is None:
            state = await self._load(saga_id)
        outcome: o.Outcome = o.Due()
        if state is not None:
            begun_at = self._loop.time()
            definition = self._course.definition(state)
            name = f"saga {state.definition} {state.step}"
            with (
                self.tracing.span(name, state.traceparent, saga_id=saga_id) as traceparent,
                correlated(state.correlation_id or saga_id, traceparent),
            ):
                outcome = await self._performer.perform(state, definition, again=delivery.again)
                if isinstance(outcome, o.Failed | o.Refused):  # each is an attempt, so there are only so many
                    _log.info("saga %s: %s: %s: %s", saga_id, state.step, outcome.code, outcome.detail)
            self.observe(state.step or "", type(outcome).__name__.lower(), self._loop.time() - begun_at)
        await self._settle(delivery, outcome)

    async def _load(self, saga_id: str) -> SagaState | None:
        while True:
            try:
                state = await self._writer.run(partial(_current, saga_id=saga_id), behind=True)
            except (Overloaded, StoreFull):
                await asyncio.sleep(FULL_SECONDS)
                continue
            if state is not None:
                self._states[saga_id] = state
            return state

    async def _settle(self, delivery: Delivery, outcome: o.Outcome) -> None:
        """Record an outcome, however long the disk is full; an effect that breaks leaves the saga stuck."""
        self._point("before_outcome")
        while True:
            try:
                settle = partial(self._course.settle, delivery=delivery, outcome=outcome)
                await self._writer.run(settle, behind=True)
            except (Overloaded, StoreFull):
                await asyncio.sleep(FULL_SECONDS)
            except (ShuttingDown, OutcomeUnknown):
                return  # the next start gives the message back, and asks
            except Refusal as refusal:
                if isinstance(outcome, o.Broken):
                    raise
                outcome = _broken(refusal)
            else:
                self._point("after_outcome")
                return

    # --- stopping -----------------------------------------------------------------------------------------------

    async def stop(self, grace_s: float) -> None:
        """Let what runs end within the grace; what does not is given back, marked as perhaps carried out."""
        unbegun = [*self._inbox]
        self._inbox.clear()
        if unbegun:
            await asyncio.to_thread(self._broker.requeue, unbegun, begun=False)
        if self._tasks:
            await asyncio.wait([*self._tasks], timeout=grace_s)
        left = dict(self._tasks)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait([*left])
            cut = [delivery for task, delivery in left.items() if task.cancelled()]
            await asyncio.to_thread(self._broker.requeue, cut, begun=True)


def _current(uow: UnitOfWork, *, saga_id: str) -> SagaState | None:
    return current(uow, saga_id)


def _broken(refusal: Refusal) -> o.Broken:
    """An effect's refusal, or the defect behind a command that failed."""
    cause = refusal.__cause__ if isinstance(refusal, CommandFailed) else refusal
    return o.Broken("effect-failed", f"{type(cause).__name__}: {cause}"[:500])
