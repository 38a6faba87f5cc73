"""Sagas from beginning to end, in a real store with Dramatiq's worker beside it."""

from pathlib import Path

from appliance.application.outside import Declined, NotSent, OutcomeUnknown, TryAgain
from tests.support.sagas import World, shop, toy


async def test_a_saga_does_its_steps_in_order_and_ends(tmp_path: Path) -> None:
    world = World()

    async with shop(tmp_path, toy(world)) as running:
        await running.begin()
        await running.until("completed")

        assert world.calls == ["s-1:reserve:1", "s-1:pay:1", "s-1:ship:1"]
        assert running.types() == ["started", *["step_completed"] * 3, "completed"]
        assert running.messages() == []


async def test_a_refusal_takes_back_in_reverse_what_was_done(tmp_path: Path) -> None:
    world = World(fails={"s-1:ship:1": [Declined("no_route", "We do not deliver there.")]})

    async with shop(tmp_path, toy(world)) as running:
        await running.begin()
        state = await running.until("compensated")

        assert world.calls[3:] == ["s-1:pay:undo", "s-1:reserve:undo"]
        assert state.reason == "We do not deliver there."
        assert running.messages() == []


async def test_a_failure_that_passes_is_tried_again_under_the_same_key(tmp_path: Path) -> None:
    world = World(fails={"s-1:pay:1": [TryAgain("busy", "later"), TryAgain("busy", "later")]})

    async with shop(tmp_path, toy(world)) as running:
        await running.begin()
        await running.until("completed")

        assert world.calls == ["s-1:reserve:1", *["s-1:pay:1"] * 3, "s-1:ship:1"]


async def test_a_step_that_fails_each_time_turns_the_saga_round(tmp_path: Path) -> None:
    world = World(fails={"s-1:pay:1": [TryAgain("busy", "later") for _ in range(3)]})

    async with shop(tmp_path, toy(world)) as running:
        await running.begin()
        await running.until("compensated")

        assert world.calls == ["s-1:reserve:1", *["s-1:pay:1"] * 3, "s-1:reserve:undo"]


async def test_an_unknown_outcome_is_asked_for_before_anything_is_repeated(tmp_path: Path) -> None:
    world = World(late={"s-1:pay:1": [OutcomeUnknown("timeout", "no answer")]})

    async with shop(tmp_path, toy(world)) as running:
        await running.begin()
        await running.until("completed")

        assert world.calls == ["s-1:reserve:1", "s-1:pay:1", "s-1:ship:1"]
        assert world.asked == ["s-1:pay:1"]


async def test_what_could_not_be_sent_is_no_attempt(tmp_path: Path) -> None:
    closed = [NotSent("breaker_open", "5 failures", retry_after_s=0.01) for _ in range(7)]
    world = World(fails={"s-1:pay:1": list(closed)})

    async with shop(tmp_path, toy(world)) as running:
        await running.begin()
        await running.until("completed")

        assert running.types().count("step_held") == 1
        assert "retry_scheduled" not in running.types()
