"""Whatever the world answers and people decide, in whatever order: a saga keeps its promises.

It never does anything twice, undoes what it did or says that it is stuck, ends once, and never lives without a message.
The machine plays the outside, the worker, the process that dies, and the people; the store is a real one.
"""

import asyncio
import contextlib
import shutil
import tempfile
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from appliance.application.commands_saga import SteerSaga
from appliance.application.deadlines import Deadlines
from appliance.application.dispatcher import Dispatcher
from appliance.application.outside import Declined, NotSent, OutcomeUnknown, TryAgain
from appliance.domain import events_saga as s
from appliance.eventstore.clock import system_clock
from appliance.eventstore.steady import SteadyClock
from appliance.sagas import outcome as o
from appliance.sagas.claims import claim
from appliance.sagas.course import Course
from appliance.sagas.definition import Begin, Cancel
from appliance.sagas.delivery import Delivery
from appliance.sagas.operating import SagaNotSteerable, handlers
from appliance.sagas.performing import Performer
from appliance.sagas.reconcile import recover
from appliance.sagas.state import ALIVE, TERMINAL, SagaState, current
from appliance.sagas.turn import QUEUE
from tests.support.fake_uow import POLICY
from tests.support.sagas import NOWHERE, World, open_with, story, toy, unheld
from tests.support.stores import context

SAGA = "s-1"
ERRORS: dict[str, Any] = {
    "declined": lambda: Declined("no", "no"),
    "again": lambda: TryAgain("busy", "later"),
    "unknown": lambda: OutcomeUnknown("timeout", "no answer"),
    "not sent": lambda: NotSent("breaker_open", "down", retry_after_s=1.0),
}
BEFORE = st.sampled_from([None, "declined", "again", "unknown", "not sent"])


class Sagas(RuleBasedStateMachine):
    """One saga; each rule is something that may happen to it."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
        self.world = World()
        self.boot_ms = 1_000
        self.tokens = 0
        self.course = Course([toy(self.world)], system_clock)
        self._open()
        begin = Begin(saga_id=SAGA, subject=SAGA, input={})
        self.store.writer.call(lambda uow: self.course.begin(uow, "toy", begin, context()))

    def _open(self) -> None:
        self.steady = SteadyClock(lambda: self.boot_ms, lambda: 0, "boot")
        self.store = open_with(self.place, self.course, self.steady)
        self.performer = Performer(NOWHERE, system_clock, self.steady, Deadlines())
        self.store.writer.call(lambda uow: recover(uow, self.course, set(), {QUEUE}, ""))

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.place)

    # --- what happens ---------------------------------------------------------------------------------------------

    def _state(self) -> SagaState:
        found = self.store.writer.call(lambda uow: current(uow, SAGA))
        assert found is not None
        return found

    def _claimed(self) -> Delivery | None:
        self.tokens += 1
        token = f"t-{self.tokens}"
        found = self.store.writer.call(lambda uow: claim(uow, queue=QUEUE, room=8, out=0, token=token))
        return Delivery(found.rows[0], token, lambda _: None) if found.rows else None

    def _performed(self, delivery: Delivery, before: str | None, *, late: bool) -> o.Outcome:
        state = self._state()
        key = f"{SAGA}:{state.step}:{'undo' if state.undoing else state.run(state.step or '')}"
        self.world.fails.clear()
        self.world.late.clear()
        if before is not None:
            planned = self.world.late if late and before == "unknown" else self.world.fails
            planned[key] = [ERRORS[before]()]
        perform = self.performer.perform(state, self.course.definition(state), again=delivery.again)
        return asyncio.run(perform)

    @rule(before=BEFORE, late=st.booleans(), times=st.integers(1, 3))
    def a_worker_works(self, before: str | None, times: int, *, late: bool) -> None:
        for _ in range(times):
            delivery = self._claimed()
            if delivery is not None:
                outcome = self._performed(delivery, before, late=late)
                assert self.store.writer.call(partial(self.course.settle, delivery=delivery, outcome=outcome))
            before = None

    @rule(before=BEFORE, late=st.booleans())
    def the_process_dies_before_the_outcome_is_written(self, before: str | None, *, late: bool) -> None:
        delivery = self._claimed()
        outcome = self._performed(delivery, before, late=late) if delivery is not None else None
        self.store.close()
        self._open()
        if delivery is not None and outcome is not None:  # the dead worker's answer, come too late
            assert not self.store.writer.call(lambda uow: self.course.settle(uow, delivery, outcome))

    @rule(late=st.booleans())
    def somebody_cancels_while_a_call_is_under_way(self, *, late: bool) -> None:
        delivery = self._claimed()
        outcome = self._performed(delivery, "unknown" if late else None, late=late) if delivery is not None else None
        self.somebody_cancels()
        if delivery is not None and outcome is not None:
            assert self.store.writer.call(lambda uow: self.course.settle(uow, delivery, outcome))

    @rule(ms=st.sampled_from([100, 5_000, 3_600_000]))
    def time_passes(self, ms: int) -> None:
        self.boot_ms += ms

    @rule()
    def somebody_cancels(self) -> None:
        cancel = Cancel(saga_id=SAGA, reason="cancelled")
        self.store.writer.call(lambda uow: self.course.cancel(uow, cancel, context()))

    @precondition(lambda self: self._state().status not in TERMINAL)
    @rule(action=st.sampled_from(["retry", "compensate"]))
    def a_person_decides(self, action: str) -> None:
        dispatcher = Dispatcher(self.store.writer, handlers(self.course), POLICY, lambda: "")
        command = SteerSaga(saga_id=SAGA, action=action, reason="told to")
        with contextlib.suppress(SagaNotSteerable):  # it is being undone already, or waits for nobody
            self.store.writer.call(dispatcher.transaction(command, context()))

    # --- what always holds ----------------------------------------------------------------------------------------

    @invariant()
    def a_living_saga_holds_a_message(self) -> None:
        assert unheld(self.place) == []

    @invariant()
    def nothing_is_done_twice(self) -> None:
        assert set(self.world.done.values()) <= {1}

    @invariant()
    def it_ends_at_most_once(self) -> None:
        kinds = Counter(type(each) for each in story(self.place, SAGA))
        assert kinds[s.SagaCompleted] + kinds[s.SagaCompensated] <= 1

    @invariant()
    def what_was_done_is_kept_or_taken_back_or_the_saga_is_not_at_its_end(self) -> None:
        state = self._state()
        done = {key.rsplit(":", 1)[0] for key in self.world.done if not key.endswith(":undo")}
        undone = {key.rsplit(":", 1)[0] for key in self.world.done if key.endswith(":undo")}
        if state.status == "completed":
            assert (len(done), undone) == (3, set())
        if state.status == "compensated":
            assert done == undone
        assert state.status in ALIVE | TERMINAL | {"stuck"}


TestSagas = Sagas.TestCase
# A store is opened for each example and again at each death: making a failure smaller would take longer than a person.
TestSagas.settings = settings(
    max_examples=30,
    stateful_step_count=12,
    deadline=None,
    phases=(Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
