"""Stopping in the middle of work: what runs is finished or given back, and after a start everything ends once."""

import asyncio
import time
from pathlib import Path

from appliance.sagas.definition import Call, Data
from tests.support.polling import settled
from tests.support.sagas import Shop, World, shop, toy, unheld
from tests.support.stores import rows

SAGAS = 60
STOP_SECONDS = 10.0  # what a stop of the whole appliance may take


class Slow(World):
    """An outside that takes its time."""

    async def act(self, call: Call) -> Data:
        await asyncio.sleep(0.02)
        return await super().act(call)


def ended(running: Shop) -> int:
    return int(rows(running.data, "SELECT count(*) FROM sagas WHERE status = 'completed'")[0][0])


async def test_stopped_under_load_nothing_is_held_and_after_a_start_each_step_was_done_once(tmp_path: Path) -> None:
    world = Slow()
    async with shop(tmp_path, toy(world)) as running:
        await asyncio.gather(*[running.begin(f"s-{number}") for number in range(SAGAS)])

        async def in_the_middle() -> bool:
            return len(world.done) > SAGAS

        await settled(in_the_middle)
    assert rows(tmp_path, "SELECT count(*) FROM messages WHERE state = 'leased'") == [(0,)]
    assert unheld(tmp_path) == []

    async with shop(tmp_path, toy(world)) as running:

        async def all_ended() -> bool:
            return ended(running) == SAGAS

        await settled(all_ended)
        assert set(world.done.values()) == {1}
        assert len(world.done) == SAGAS * 3
        assert running.messages() == []


async def test_a_call_that_does_not_end_at_a_stop_is_cut_and_asked_about_after_the_start(tmp_path: Path) -> None:
    world = World()
    world.gates["s-1:pay:1"] = asyncio.Event()
    async with shop(tmp_path, toy(world)) as running:
        await running.begin()

        async def called() -> bool:
            return "s-1:pay:1" in world.calls

        await settled(called)
        begun = time.monotonic()
    assert time.monotonic() - begun < STOP_SECONDS
    assert running.messages("saga, state, deliveries") == [("s-1", "ready", 1)]

    world.done["s-1:pay:1"] = 1  # it had arrived before the line was cut
    world.gates.clear()
    async with shop(tmp_path, toy(world)) as running:
        await running.until("completed")

        assert world.asked == ["s-1:pay:1"]
        assert world.calls.count("s-1:pay:1") == 1
