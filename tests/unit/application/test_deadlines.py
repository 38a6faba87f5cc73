"""Deadlines: what takes too long is interrupted as a timeout, and nothing else is."""

import asyncio

import pytest

from appliance.application import deadlines
from appliance.application.deadlines import Deadlines


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "LOOK_SECONDS", 0.01)


async def test_what_takes_too_long_ends_as_a_timeout() -> None:
    with pytest.raises(TimeoutError), Deadlines().within(0.02):
        await asyncio.Event().wait()


async def test_what_ends_in_time_is_left_alone() -> None:
    running = Deadlines()
    with running.within(0.02):
        pass

    await asyncio.sleep(0)

    assert not running._running


async def test_a_cancellation_from_outside_stays_one() -> None:
    async def wait() -> None:
        with Deadlines().within(60):
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_task_that_timed_out_can_wait_again() -> None:
    running = Deadlines()
    with pytest.raises(TimeoutError), running.within(0.02):
        await asyncio.Event().wait()

    with running.within(60):
        await asyncio.sleep(0)


async def test_it_goes_on_looking_after_a_pause() -> None:
    running = Deadlines()
    for _ in range(2):
        with pytest.raises(TimeoutError), running.within(0.0):
            await asyncio.Event().wait()


def test_a_loop_that_ended_does_not_stop_the_next_one() -> None:
    running = Deadlines()

    async def too_long() -> None:
        with running.within(0.0):
            await asyncio.Event().wait()

    async def in_time() -> None:
        with running.within(60):
            await asyncio.sleep(0)

    asyncio.run(in_time())

    with pytest.raises(TimeoutError):
        asyncio.run(too_long())
