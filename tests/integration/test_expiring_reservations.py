"""Goods that nobody's order needs any more go back; those of an order under way stay, whatever the clock says."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.application import outside as o
from appliance.eventstore.clock import system_clock
from appliance.sagas.expiry import Expiry
from tests.support.api import Shop, serving, stocked
from tests.support.fulfilling import level, order, prepared, until
from tests.support.polling import wait_until
from tests.support.stores import rows


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with serving(tmp_path / "data") as shop:
        await stocked(shop)
        yield shop


async def looked(shop: Shop, *, days: int) -> int:
    """How many are given back by a look with a clock that is so many days ahead."""
    return await Expiry(shop.services.dispatcher, lambda: system_clock() + timedelta(days=days)).look()


async def test_an_order_under_way_keeps_its_goods_though_the_clock_is_set_a_year_ahead(shop: Shop) -> None:
    customer = await prepared(shop)
    waiting = await order(shop, customer, ("tea", "3"), kind="pickup")
    await until(shop, waiting, "awaiting_pick")

    assert await looked(shop, days=400) == 0
    assert await level(shop, "tea") == ("10", "3")
    await shop.post(f"/orders/{waiting}/pick", {})
    await until(shop, waiting, "ready_for_collection")
    assert await looked(shop, days=400) == 0
    await shop.post(f"/orders/{waiting}/handover", {})
    await until(shop, waiting, "confirmed")
    assert await level(shop, "tea") == ("7", "0")


async def test_what_an_order_without_a_saga_holds_goes_back_when_its_time_is_over(tmp_path: Path) -> None:
    ports: list[o.Outside] = []

    def around(outside: o.Outside) -> o.Outside:
        ports.append(outside)
        return outside

    async with serving(tmp_path / "data", around=around) as shop:
        await stocked(shop)
        await prepared(shop)
        held = await ports[0].inventory.reserve("gone:reserve:1", "gone", (o.Wanted("tea", "3"),), expires_in_s=60)

        assert (await looked(shop, days=0), await level(shop, "tea")) == (0, ("10", "3"))
        assert (await looked(shop, days=1), await level(shop, "tea")) == (1, ("10", "0"))
        assert await looked(shop, days=1) == 0
    assert held.reservation_id
    assert rows(tmp_path / "data", "SELECT * FROM reservations") == []


async def test_a_look_for_what_is_due_makes_no_selling_store_of_one_where_nobody_sells(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as shop:
        writer = shop.services.writer
        await asyncio.to_thread(wait_until, lambda: not writer.selling)

        assert await looked(shop, days=1) == 0
        assert not writer.selling
