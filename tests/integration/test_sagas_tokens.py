"""One step, two workers: whoever does not hold the message any more has nothing to say, however good the news."""

import asyncio
from pathlib import Path

import pytest

from appliance.domain import events_saga as s
from appliance.domain.events import Event
from appliance.eventstore.messages import Messages
from appliance.sagas.claims import give_back_orphans
from tests.support.polling import settled
from tests.support.sagas import World, shop, story, toy

STAMP = "2026-11-24T12:00:00.000000Z"
PAY = "s-1:pay:1"


class Anybody(str):
    """A token that is everybody's."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, _: object) -> bool:
        return True

    def __ne__(self, _: object) -> bool:
        return False


async def taken_from_a_worker_that_lives(data: Path) -> list[Event]:
    """A message given to a second worker while the first is still at it; both end. The saga's story."""
    world = World()
    gate = world.gates[PAY] = asyncio.Event()
    async with shop(data, toy(world)) as running:
        await running.begin()

        async def called(times: int) -> bool:
            return world.calls.count(PAY) == times

        await settled(lambda: called(1))
        await running.store.writer.run(lambda uow: give_back_orphans(uow, STAMP))
        await settled(lambda: called(2))
        gate.set()
        await running.until("completed")
    return story(data, "s-1")  # after both workers have ended


DONE = [(step, f"s-1:{step}:1") for step in ("reserve", "pay", "ship")]


def completed(told: list[Event]) -> list[tuple[str, str]]:
    """Each step with the call whose answer it was."""
    return [(each.step, each.result["reference"]) for each in told if isinstance(each, s.SagaStepCompleted)]


async def test_an_outcome_whose_message_went_to_somebody_else_is_not_recorded(tmp_path: Path) -> None:
    assert completed(await taken_from_a_worker_that_lives(tmp_path)) == DONE


async def test_without_the_look_at_the_token_it_would_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Messages, "holder", lambda *_: Anybody("everybody"))

    assert completed(await taken_from_a_worker_that_lives(tmp_path)) != DONE
