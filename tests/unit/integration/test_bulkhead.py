"""So many at once and no more, first come first served, and nobody's place is lost."""

import asyncio

import pytest

from appliance.integration.bulkhead import Bulkhead, Full

NEVER = 60.0


class Crowd:
    def __init__(self, bulkhead: Bulkhead) -> None:
        self.bulkhead = bulkhead
        self.inside = self.most = 0
        self.leave = asyncio.Event()

    async def one(self) -> None:
        async with self.bulkhead.place():
            self.inside += 1
            self.most = max(self.most, self.inside)
            await self.leave.wait()
            self.inside -= 1


async def test_no_more_than_allowed_are_inside_and_all_get_in() -> None:
    crowd = Crowd(Bulkhead(3, NEVER))
    tasks = [asyncio.create_task(crowd.one()) for _ in range(20)]
    await asyncio.sleep(0)
    assert crowd.inside == crowd.bulkhead.inside == 3

    crowd.leave.set()
    await asyncio.gather(*tasks)

    assert (crowd.most, crowd.bulkhead.inside) == (3, 0)


async def test_who_waits_too_long_is_turned_away() -> None:
    crowd = Crowd(Bulkhead(1, 0.01))
    first = asyncio.create_task(crowd.one())
    await asyncio.sleep(0)

    with pytest.raises(Full):
        await crowd.one()

    crowd.leave.set()
    await first


async def test_a_cancelled_wait_and_a_cancelled_stay_leave_their_places_free() -> None:
    crowd = Crowd(Bulkhead(2, NEVER))
    tasks = [asyncio.create_task(crowd.one()) for _ in range(10)]
    await asyncio.sleep(0)
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert crowd.bulkhead.inside == 0

    crowd.leave.set()
    await asyncio.wait_for(asyncio.gather(*(crowd.one() for _ in range(4))), 5)
