"""Sagas from beginning to end, in a real store with Dramatiq's worker beside it."""

from functools import partial
from pathlib import Path

import pytest

from appliance.application.outside import Declined, NotSent, OutcomeUnknown, TryAgain
from appliance.sagas import engine
from tests.support.polling import settled
from tests.support.sagas import World, shop, toy
from tests.support.stores import rows


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


async def test_beside_sales_steps_are_begun_a_few_at_a_time_and_none_is_forgotten(tmp_path: Path) -> None:
    world, names = World(), [f"s-{number}" for number in range(40)]

    async with shop(tmp_path, toy(world)) as running:
        for name in names:
            await running.begin(name)  # not behind, as what a till waits for: the store sells
        for name in names:
            await running.until("completed", name)

        assert len(world.calls) == len(set(world.calls)) == 3 * len(names)
        assert running.messages() == []


async def _called(world: World) -> bool:
    return bool(world.calls)


async def test_what_is_not_begun_at_a_stop_is_given_back_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BESIDE_SALES_SECONDS", 3_600.0)
    world, names = World(), [f"s-{number}" for number in range(8)]

    async with shop(tmp_path, toy(world)) as running:
        for name in names:
            await running.begin(name)
        await settled(partial(_called, world))

    columns = "SELECT state, deliveries, kills FROM messages"
    assert set(rows(tmp_path, columns)) == {("ready", 0, 0)}
