"""What only screens ask for: the store, what a code stands for, what is under way, and that something changed."""

import asyncio

import pytest

from appliance.api import changes
from appliance.schemas.orders import OrderCounts
from appliance.schemas.store import ScanFound, Store
from tests.support.api import BARCODE, Shop, sale
from tests.support.fulfilling import order, prepared, until


async def test_a_store_says_what_whoever_works_there_has_to_know(shop: Shop) -> None:
    known = Store.model_validate((await shop.get("/store", role="cashier")).json())

    assert (known.name, known.currency, known.decimals, known.role) == ("My store", "EUR", 2, "cashier")
    assert not known.operators


async def test_a_code_is_understood_as_a_sale_would(shop: Shop) -> None:
    found = ScanFound.model_validate((await shop.get(f"/scans/{BARCODE}")).json())

    assert (found.product.product_id, found.price, found.quantity) == ("tea", None, None)


@pytest.mark.parametrize("code", ["4000000000006", "%00", "[red]", "x" * 200])
async def test_a_code_that_nothing_has_is_answered_in_words(shop: Shop, code: str) -> None:
    answer = await shop.get(f"/scans/{code}")

    assert answer.status_code in (400, 404)
    assert answer.json()["hint"]


async def test_orders_under_way_are_counted_by_state(shop: Shop) -> None:
    customer = await prepared(shop)
    for _ in range(2):
        await until(shop, await order(shop, customer, kind="pickup"), "awaiting_pick")
    counts = OrderCounts.model_validate((await shop.get("/orders/counts", role="hq")).json()).counts

    assert counts["awaiting_pick"] == 2
    assert sum(counts.values()) == 2
    assert "confirmed" not in counts


async def test_many_changes_are_told_as_one_a_kind_and_none_is_missed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "TELL_EVERY_SECONDS", 0.0)
    token = await shop.token("cashier")
    start = shop.position
    await asyncio.gather(*[shop.post("/sales", sale()) for _ in range(20)])
    await shop.post("/stock/receipts", {"lines": [{"product_id": "tea", "quantity": "1"}]})
    async with shop.follow(f"/changes?after={start}", token) as stream:
        frames = [await stream.frame() for _ in range(2)]
        assert [each["event"] for each in frames] == ["sale.completed", "stock.received"]
        assert [int(each["id"]) for each in frames] == [start + 20, start + 21]
        assert [each["data"] for each in frames] == ["", ""]
        await shop.post("/sales", sale())
        assert (await stream.frame())["id"] == str(shop.position)


async def test_who_comes_back_hears_of_what_happened_before_the_start(shop: Shop) -> None:
    await shop.post("/sales", sale())
    shop.services.feed.begun = shop.position  # as after a restart: it remembers nothing of before
    shop.services.feed._kinds.clear()
    async with shop.follow("/changes", await shop.token("cashier"), last_event_id=str(shop.position - 1)) as stream:
        assert (await stream.frame())["event"] == "sale.completed"
