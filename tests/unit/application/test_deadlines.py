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


async def test_an_answer_that_does_not_come_ends_as_a_timeout_and_is_waited_for_by_nobody() -> None:
    running, answer = Deadlines(), asyncio.get_running_loop().create_future()

    with pytest.raises(TimeoutError):
        await running.answer(answer, 0.02)

    assert answer.done()
    assert not running._due


async def test_an_answer_in_time_is_given_on() -> None:
    running, answer = Deadlines(), asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(answer.set_result, "here")

    assert await running.answer(answer, 60) == "here"
    assert not running._due


async def test_whoever_leaves_takes_the_answer_along() -> None:
    running, answer = Deadlines(), asyncio.get_running_loop().create_future()
    task = asyncio.create_task(running.answer(answer, 60))
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert answer.cancelled()
    assert not running._due


async def test_work_that_waits_for_nothing_is_never_watched() -> None:
    running = Deadlines()

    async def at_once() -> int:
        return len(running._running)

    assert await running.begun(at_once(), 60) == 0


async def test_work_that_waits_goes_on_where_it_waited_and_gives_its_result() -> None:
    running = Deadlines()

    async def slow() -> int:
        await asyncio.sleep(0)
        seen = len(running._running)
        await asyncio.sleep(0)
        return seen

    assert await running.begun(slow(), 60) == 1
    assert not running._running


async def test_work_that_waits_too_long_is_interrupted_where_it_waits() -> None:
    interrupted = False

    async def stuck() -> None:
        nonlocal interrupted
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            interrupted = True
            raise

    with pytest.raises(TimeoutError):
        await Deadlines().begun(stuck(), 0.02)
    assert interrupted


async def test_what_work_raises_after_it_waited_is_its_own() -> None:
    async def broken() -> None:
        await asyncio.sleep(0)
        message = "broken"
        raise ValueError(message)

    with pytest.raises(ValueError, match="broken"):
        await Deadlines().begun(broken(), 60)
