"""Sagas that wait, are cancelled, get stuck, and what people decide about them."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from appliance.application.commands_saga import SteerDeadLetter, SteerSaga
from appliance.application.dispatcher import Dispatcher
from appliance.application.outside import Declined, NotSent, OutcomeUnknown, TryAgain
from appliance.application.ports import Outcome
from appliance.domain import events as e
from appliance.domain import events_saga as s
from appliance.domain.refusals import Refusal
from appliance.eventstore.steady import SteadyClock
from appliance.sagas.definition import Begin, Cancel, Definition, Signal, Wait
from appliance.sagas.operating import DeadLetterOfSaga, SagaNotSteerable, handlers
from appliance.sagas.reconcile import DefinitionMissing
from tests.support.fake_uow import POLICY
from tests.support.polling import settled
from tests.support.sagas import Shop, World, shop, toy, unheld
from tests.support.stores import context, rows
from tests.support.stores import received as delivered

WEEK_S = 604_800.0


@dataclass
class Time:
    """Clocks that a test moves: the boot clock, which only goes forward, and the wall clock, which people set."""

    boot_ms: int = 1_000_000
    wall_ms: int = 1_700_000_000_000

    def steady(self, boot: str = "boot-1") -> SteadyClock:
        return SteadyClock(lambda: self.boot_ms, lambda: self.wall_ms, boot)

    def passes(self, **time: float) -> None:
        spent = int(timedelta(**time).total_seconds() * 1000)
        self.boot_ms += spent
        self.wall_ms += spent


def waiting(world: World, **fields: Any) -> Definition:
    """Reserve, wait for somebody who picks, pay; begun by a delivery of goods, ended by a count."""
    base = toy(world, ("reserve", "pick", "pay"))
    wait = Wait(timeout_s=WEEK_S, escalate_s=3_600.0, expired="Nobody collected it.")
    pick = replace(base.steps[1], action=None, compensation=None, ask=None, ask_undone=None, wait=wait)
    return replace(base, steps=[base.steps[0], pick, base.steps[2]], **fields)


async def steer(running: Shop, action: str, saga_id: str = "s-1", **fields: Any) -> Outcome:
    command = SteerSaga(saga_id=saga_id, action=action, reason="told to", **fields)
    return await dispatched(running, command)


async def dispatched(running: Shop, command: object) -> Outcome:
    dispatcher = Dispatcher(running.store.writer, handlers(running.sagas.course), POLICY, lambda: "")
    return (await dispatcher.dispatch(command, context())).outcome


async def until_called(world: World, key: str) -> None:
    async def called() -> bool:
        return key in world.calls

    await settled(called)


# --- waiting ---------------------------------------------------------------------------------------------------


async def test_an_event_begins_a_saga_and_another_ends_its_wait_each_in_its_own_transaction(tmp_path: Path) -> None:
    world = World()
    definition = waiting(
        world,
        starts={e.StockReceived: lambda event: Begin(saga_id=event.product_id, subject=event.product_id, input={})},
        signals={e.StockCounted: lambda event: Signal(saga_id="tea", step="pick", result={"picked": event.counted})},
    )
    async with shop(tmp_path, definition) as running:
        writer = running.store.writer
        await writer.run(lambda uow: uow.append("stock-tea", delivered(), context=context()))
        await running.until("waiting", "tea")
        counted = e.StockCounted(product_id="tea", counted="1", book="1", variance="0")
        await writer.run(lambda uow: uow.append("stock-tea", counted, context=context()))
        state = await running.until("completed", "tea")

        assert state.results["pick"] == {"picked": "1"}


async def test_a_refused_command_begins_no_saga(tmp_path: Path) -> None:
    definition = waiting(
        World(), starts={e.StockReceived: lambda event: Begin(saga_id="tea", subject=event.product_id, input={})}
    )

    def refused(uow: Any) -> None:
        uow.append("stock-tea", delivered(), context=context())
        raise Refusal("no")

    async with shop(tmp_path, definition) as running:
        with pytest.raises(Refusal):
            await running.store.writer.run(refused)

        assert rows(tmp_path, "SELECT count(*) FROM events") == [(0,)]
        assert running.messages() == []


async def test_a_wait_is_told_of_when_it_is_overdue_and_ends_when_nobody_comes(tmp_path: Path) -> None:
    world, time = World(), Time()
    async with shop(tmp_path, waiting(world), steady=time.steady()) as running:
        await running.begin()
        await running.until("waiting")
        time.passes(hours=1.1)

        async def escalated() -> bool:
            return (await running.state()).escalated

        await settled(escalated)
        time.passes(days=7)
        state = await running.until("compensated")

        assert state.reason == "Nobody collected it."
        assert world.calls[-1] == "s-1:reserve:undo"


async def test_a_wait_does_not_count_against_the_saga_s_own_deadline(tmp_path: Path) -> None:
    world, time = World(), Time()
    definition = waiting(
        world, signals={e.StockReceived: lambda _: Signal(saga_id="s-1", step="pick")}, deadline_s=3_600.0
    )
    async with shop(tmp_path, definition, steady=time.steady()) as running:
        await running.begin()
        await running.until("waiting")
        time.passes(days=6)
        await running.store.writer.run(lambda uow: uow.append("stock-tea", delivered(), context=context()))
        await running.until("completed")


async def test_automatic_work_past_the_deadline_turns_round(tmp_path: Path) -> None:
    world, time = World(), Time()
    closed = [NotSent("breaker_open", "down", retry_after_s=30.0) for _ in range(10_000)]
    world.fails["s-1:pay:1"] = list(closed)
    async with shop(tmp_path, toy(world), steady=time.steady()) as running:
        await running.begin()

        async def held() -> bool:
            return running.messages("state") == [("waiting",)]

        await settled(held)
        time.passes(hours=25)
        state = await running.until("compensated")

        assert state.results == {}


@pytest.mark.parametrize("jump", [timedelta(hours=2), timedelta(hours=-2), timedelta(days=400), timedelta(days=-400)])
async def test_no_jump_of_the_wall_clock_moves_a_timer_or_a_deadline(tmp_path: Path, jump: timedelta) -> None:
    world, time = World(), Time()
    async with shop(tmp_path, waiting(world), steady=time.steady()) as running:
        await running.begin()
        await running.until("waiting")
        time.wall_ms += int(jump.total_seconds() * 1000)
        time.passes(minutes=30)
    async with shop(tmp_path, waiting(world), steady=time.steady()) as running:  # a restart on the same boot
        assert (await running.state()).status == "waiting"
        assert not (await running.state()).escalated
        time.passes(hours=1)

        async def escalated() -> bool:
            return (await running.state()).escalated

        await settled(escalated)


# --- cancelling ------------------------------------------------------------------------------------------------


async def test_a_cancellation_waits_for_the_call_that_is_under_way_and_takes_it_back_too(tmp_path: Path) -> None:
    world = World()
    gate = world.gates["s-1:pay:1"] = asyncio.Event()
    async with shop(tmp_path, toy(world)) as running:
        await running.begin()
        await until_called(world, "s-1:pay:1")
        cancel = Cancel(saga_id="s-1", reason="found it cheaper")
        await running.store.writer.run(lambda uow: running.sagas.course.cancel(uow, cancel, context()))
        gate.set()
        state = await running.until("compensated")

        assert state.reason == "found it cheaper"
        assert world.calls[2:] == ["s-1:pay:undo", "s-1:reserve:undo"]


async def test_a_charge_that_nobody_knows_of_is_found_and_taken_back(tmp_path: Path) -> None:
    world = World(late={"s-1:pay:1": [OutcomeUnknown("timeout", "no answer")]})
    definition = toy(world)
    pay = replace(definition.steps[1], retry=replace(definition.steps[1].retry, attempts=1))
    async with shop(tmp_path, replace(definition, steps=[definition.steps[0], pay, definition.steps[2]])) as running:
        await running.begin()
        await running.until("compensated")

        assert set(world.done) == {"s-1:reserve:1", "s-1:pay:1", "s-1:pay:undo", "s-1:reserve:undo"}


async def test_absence_is_believed_only_when_it_is_heard_twice(tmp_path: Path) -> None:
    world = World(fails={"s-1:pay:1": [OutcomeUnknown("timeout", "no answer")]})
    definition = toy(world)
    pay = replace(definition.steps[1], retry=replace(definition.steps[1].retry, attempts=1))
    async with shop(tmp_path, replace(definition, steps=[definition.steps[0], pay, definition.steps[2]])) as running:
        await running.begin()
        await running.until("compensated")

        assert world.asked == ["s-1:pay:1"] * 2
        assert "s-1:pay:undo" not in world.calls


# --- stuck, and steered ----------------------------------------------------------------------------------------


def stuck_world() -> World:
    return World(
        fails={
            "s-1:ship:1": [Declined("no", "no")],
            "s-1:pay:undo": [Declined("no_refund", "We do not refund.")],
        }
    )


async def test_a_compensation_that_is_refused_is_stuck_for_all_to_see_and_stops_no_other(tmp_path: Path) -> None:
    world = stuck_world()
    async with shop(tmp_path, toy(world)) as running:
        await running.begin()
        await running.until("stuck")
        await running.begin("s-2")
        await running.until("completed", "s-2")

        assert running.messages() == []
        assert unheld(tmp_path) == []


@pytest.mark.parametrize(("action", "called"), [("retry", True), ("skip", False)])
async def test_a_stuck_compensation_is_retried_or_skipped_by_a_person(
    tmp_path: Path, action: str, *, called: bool
) -> None:
    world = stuck_world()
    async with shop(tmp_path, toy(world)) as running:
        await running.begin()
        await running.until("stuck")
        outcome = await steer(running, action, operator="anna")
        await running.until("compensated")

        assert ("s-1:pay:undo" in world.done) is called
        acted = cast("s.SagaOperatorActed", outcome.events[0].event)
        assert (acted.action, acted.reason, acted.operator) == (action, "told to", "anna")


async def test_a_compensation_that_keeps_failing_is_stuck_and_its_failures_are_told(tmp_path: Path) -> None:
    world = World(fails={"s-1:ship:1": [Declined("no", "no")]})
    world.fails["s-1:pay:undo"] = [TryAgain("busy", "later") for _ in range(3)]
    async with shop(tmp_path, toy(world)) as running:
        await running.begin()
        state = await running.until("stuck")

        assert running.types().count("retry_scheduled") == 3
        assert state.step == "pay"


async def test_what_has_ended_is_not_steered(tmp_path: Path) -> None:
    async with shop(tmp_path, toy(World())) as running:
        await running.begin()
        await running.until("completed")

        for action in ("retry", "compensate", "skip"):
            with pytest.raises(SagaNotSteerable):
                await steer(running, action)


async def test_a_person_turns_a_waiting_saga_round(tmp_path: Path) -> None:
    world = World()
    async with shop(tmp_path, waiting(world)) as running:
        await running.begin()
        await running.until("waiting")
        await steer(running, "compensate")
        state = await running.until("compensated")

        assert state.reason == "told to"


async def test_an_effect_that_breaks_leaves_the_saga_stuck_and_its_call_known_as_perhaps_made(tmp_path: Path) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    world = World()
    definition = toy(world)
    steps = [definition.steps[0], replace(definition.steps[1], on_done=broken), definition.steps[2]]
    async with shop(tmp_path, replace(definition, steps=steps)) as running:
        await running.begin()
        state = await running.until("stuck")
        await steer(running, "compensate")
        with pytest.raises(TimeoutError):  # its effect breaks again when the charge is found: stuck it stays, not lost
            await running.until("compensated", deadline_s=0.5)

        assert state.unknown
        assert world.calls.count("s-1:pay:1") == 1


async def test_a_saga_s_dead_letter_cannot_be_discarded_but_retried(tmp_path: Path) -> None:
    world = World()
    async with shop(tmp_path, toy(world)) as running:
        world.gates["s-1:reserve:1"] = asyncio.Event()
        running.sagas.broker.lease_s = 0.01
        await running.begin()
        await running.until("stuck")
        world.gates["s-1:reserve:1"].set()
        [(message, state)] = running.messages("id, state")
        with pytest.raises(DeadLetterOfSaga):
            await dispatched(running, SteerDeadLetter(message_id=message, action="discard"))
        running.sagas.broker.lease_s = 600.0
        await dispatched(running, SteerDeadLetter(message_id=message, action="retry"))
        await running.until("completed")

        assert state == "dead"
        assert world.done["s-1:reserve:1"] == 1


# --- starting --------------------------------------------------------------------------------------------------


async def test_a_start_refuses_where_a_saga_under_way_has_no_code(tmp_path: Path) -> None:
    async with shop(tmp_path, waiting(World())) as running:
        await running.begin()
        await running.until("waiting")

    with pytest.raises(DefinitionMissing, match="toy version 1"):
        async with shop(tmp_path, replace(waiting(World()), version=2)):
            pass


async def test_a_saga_under_way_keeps_its_version_while_new_ones_take_the_newest(tmp_path: Path) -> None:
    world = World()
    one = waiting(world, signals={e.StockReceived: lambda _: Signal(saga_id="s-1", step="pick")})
    two = replace(toy(world, ("only",)), version=2, signals=one.signals)
    async with shop(tmp_path, one) as running:
        await running.begin()
        await running.until("waiting")
    async with shop(tmp_path, one, two) as running:
        await running.begin("s-2")
        await running.store.writer.run(lambda uow: uow.append("stock-tea", delivered(), context=context()))
        old, new = await running.until("completed"), await running.until("completed", "s-2")

        assert [*old.results] == ["reserve", "pick", "pay"]
        assert [*new.results] == ["only"]


async def test_a_start_gives_a_living_saga_without_a_message_one_and_says_so(tmp_path: Path) -> None:
    world = World()
    async with shop(tmp_path, waiting(world)) as running:
        await running.begin()
        await running.until("waiting")
        await running.store.writer.run(lambda uow: uow.execute("DELETE FROM messages"))
        assert unheld(tmp_path) == ["s-1"]
    async with shop(tmp_path, waiting(world)):
        assert unheld(tmp_path) == []
        assert rows(tmp_path, "SELECT kind, subject FROM findings") == [("saga-without-message", "s-1")]
