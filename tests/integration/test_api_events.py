"""The log over HTTP: read by position, followed live, resumed."""

import asyncio
import json

from appliance.schemas.log import EventList
from tests.support.api import Shop, sale


async def test_the_log_is_read_part_by_part_without_a_gap(shop: Shop) -> None:
    positions: list[int] = []
    cursor = None
    while True:
        part = (await shop.get(f"/events?limit=2{f'&cursor={cursor}' if cursor else ''}")).json()
        EventList.model_validate(part)
        positions += [each["position"] for each in part["items"]]
        cursor = part["next_cursor"]
        if cursor is None:
            break

    assert positions == list(range(1, shop.position + 1))
    assert part["head"] == shop.position


async def test_a_follower_gets_what_is_there_and_then_what_comes(shop: Shop) -> None:
    async with shop.follow("/events/stream?after=0", await shop.token("support")) as stream:
        past = [await stream.frame() for _ in range(shop.position)]
        booked = (await shop.post("/sales", sale())).json()
        live = await stream.frame()

    assert [each["id"] for each in past] == [str(n) for n in range(1, shop.position)]
    assert (live["event"], live["id"]) == ("sale.completed", str(booked["position"]))
    assert json.loads(live["data"])["data"]["sale_id"] == booked["sale_id"]


async def test_a_follower_that_comes_back_misses_nothing(shop: Shop) -> None:
    token = await shop.token("support")
    async with shop.follow("/events/stream?after=0", token) as stream:
        seen = (await stream.frame())["id"]
    booked = [(await shop.post("/sales", sale())).json()["position"] for _ in range(2)]

    async with shop.follow("/events/stream?after=0", token, last_event_id=seen) as stream:
        rest = [int((await stream.frame())["id"]) for _ in range(shop.position - int(seen))]

    assert rest == list(range(int(seen) + 1, shop.position + 1))
    assert rest[-2:] == booked


async def test_without_a_position_only_what_comes_is_followed(shop: Shop) -> None:
    async with shop.follow("/events/stream", await shop.token("support")) as stream:
        booked = (await shop.post("/sales", sale())).json()

        assert (await stream.frame())["id"] == str(booked["position"])


async def test_a_follower_loses_nothing_while_many_sell(shop: Shop) -> None:
    start = shop.position
    async with shop.follow(f"/events/stream?after={start}", await shop.token("support")) as stream:
        await asyncio.gather(*[shop.post("/sales", sale()) for _ in range(30)])
        ids = [int((await stream.frame())["id"]) for _ in range(30)]

    assert ids == list(range(start + 1, start + 31))


async def test_a_stream_ends_when_the_store_stops(shop: Shop) -> None:
    async with shop.follow("/events/stream", await shop.token("support")) as stream:
        shop.services.stopping.set()
        assert stream.task is not None
        await asyncio.wait_for(stream.task, 30)

    assert shop.services.feed.clients == 0


async def test_a_stream_ends_when_its_client_leaves(shop: Shop) -> None:
    async with shop.follow("/events/stream", await shop.token("support")) as stream:
        assert shop.services.feed.clients == 1
        stream.leave()
        assert stream.task is not None
        await asyncio.wait_for(stream.task, 30)

    assert shop.services.feed.clients == 0


async def test_a_position_that_is_none_is_refused(shop: Shop) -> None:
    answer = await shop.get("/events/stream", headers={"last-event-id": "abc"})

    assert (answer.status_code, answer.json()["errors"][0]["at"]) == (400, "Last-Event-ID:")
