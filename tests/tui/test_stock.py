import asyncio
from typing import Any

import pytest

from tests.support.api import BARCODE, Shop
from tests.support.consoles import console
from tests.support.people import hire
from tui.screens.stock import Stock


async def test_goods_are_received_counted_and_adjusted(shop: Shop) -> None:
    async with console(shop) as at:
        await at.go("stock")
        await at.scan(BARCODE)
        await at.shows("Tea", "Nothing has moved it yet")
        await at.press("f9")
        await at.shows("How much came")
        await at.fill("24", "note 7")
        await at.shows("here 24", "received")
        await at.press("ctrl+t")
        await at.shows("Count all of it")
        await at.fill("23", "")
        await at.shows("The book says 24, you found 23: -1")
        await at.press("tab", "enter")
        await at.shows("here 23", "counted")
        await at.press("ctrl+g")
        await at.shows("such as -1")
        await at.fill("-2", "broken")

        await at.shows("here 21", "adjusted")
    assert (await shop.get("/stock/tea")).json()["on_hand"] == "21"


async def test_a_cashier_looks_and_is_offered_no_change(shop: Shop) -> None:
    await hire(shop, "carl")
    async with console(shop, role="cashier", operator="carl") as at:
        await at.go("stock")
        await at.scan(BARCODE)

        assert "Receive" not in await at.shows("Nothing has moved it yet")


async def test_a_product_is_searched_by_name(shop: Shop) -> None:
    async with console(shop) as at:
        await at.go("stock")
        await at.press("slash")
        await at.fill("jam")

        await at.shows("Jam", "found for: jam")


async def test_a_scan_that_is_answered_late_calls_nobody_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async with console(shop) as at:
        stock, answered, get = await at.go("stock"), asyncio.Event(), at.console.client.get
        assert isinstance(stock, Stock)

        async def late(path: str, *arguments: Any, **more: Any) -> Any:
            if path.startswith("/scans/"):
                await answered.wait()
            return await get(path, *arguments, **more)

        monkeypatch.setattr(at.console.client, "get", late)
        scanning = asyncio.create_task(stock.scanned(BARCODE))
        sale = await at.go("sale")
        answered.set()
        await scanning

        assert at.console.screen is sale
