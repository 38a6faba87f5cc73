"""A task that does not hear the first time is told again."""

import asyncio

import pytest

from appliance.sync import endings
from appliance.sync.endings import ended


async def hard_of_hearing(times: int) -> None:
    """As a `wait_for` of Python 3.11, which may let a cancellation pass."""
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if not times:
                raise
            times -= 1


@pytest.mark.parametrize("times", [0, 1, 3])
async def test_it_is_told_until_it_has_ended(times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endings, "AGAIN_SECONDS", 0.01)
    tasks = [asyncio.create_task(hard_of_hearing(times)), asyncio.create_task(hard_of_hearing(0))]
    await asyncio.sleep(0)

    async with asyncio.timeout(40):
        await ended(tasks)

    assert all(task.cancelled() for task in tasks)


async def test_what_has_ended_already_is_left_as_it_is() -> None:
    async def fails() -> None:
        raise OSError

    task = asyncio.create_task(fails())
    await asyncio.wait([task])

    await ended([task])

    assert isinstance(task.exception(), OSError)
