from tests.support.api import BARCODE, Shop
from tests.support.consoles import console
from tests.support.fulfilling import order, prepared, until


async def test_a_pickup_is_picked_by_scanning_and_handed_over(shop: Shop) -> None:
    placed = await order(shop, await prepared(shop), ("tea", "2"), kind="pickup")
    await until(shop, placed, "awaiting_pick")
    async with console(shop) as at:
        await at.go("pick")
        await at.shows("awaiting_pick")
        await at.press("enter")
        await at.shows("for Ada Example", "Scan what you take", "Done")
        await at.scan(BARCODE)
        await at.shows("Tea: 1 of 2")
        await at.press("f9")
        await at.shows("Tea is not taken")
        await at.scan(BARCODE)
        await at.shows("Tea: 2 of 2")
        await at.press("f9")
        await at.shows("Ready on place", "Hand over")
        await at.press("f9")
        await at.shows("Hand it over?")
        await at.press("tab", "enter")

        await at.shows("Handed over.")
    await until(shop, placed, "confirmed")


async def test_what_is_short_is_replaced(shop: Shop) -> None:
    placed = await order(shop, await prepared(shop), ("tea", "2"), kind="pickup")
    await until(shop, placed, "awaiting_pick")
    async with console(shop) as at:
        await at.go("pick")
        await at.press("enter")
        await at.shows("Scan what you take")
        await at.press("ctrl+t")
        await at.shows("How much is there")
        await at.fill("1", "jam")
        await at.shows("Tea -> jam", "!")
        await at.press("f9")
        await at.shows("Ready on place")
    read = await until(shop, placed, "ready_for_collection")
    assert [each["product_id"] for each in read["picked"]["items"]] == ["tea", "jam"]


async def test_an_order_shows_its_steps_and_is_cancelled(shop: Shop) -> None:
    placed = await order(shop, await prepared(shop), ("tea", "1"), kind="pickup")
    await until(shop, placed, "awaiting_pick")
    async with console(shop, size=(100, 30)) as at:
        await at.go("orders")
        await at.shows("awaiting_pick")
        await at.press("enter")
        await at.shows("for Ada Example", "Steps (", "reserve_inventory: done", "10 on the shelf", "Cancel order")
        await at.press("ctrl+t")
        await at.shows("Cancel this order?")
        await at.fill("changed their mind")

        await at.shows("cancelled", "because: changed their mind")


async def test_orders_are_searched_filtered_and_scanned(shop: Shop) -> None:
    placed = await order(shop, await prepared(shop), kind="pickup")
    await until(shop, placed, "awaiting_pick")
    async with console(shop) as at:
        await at.go("orders")
        await at.press("slash")
        await at.fill("ada")
        await at.shows("found for: ada", "awaiting_pick")
        await at.press("escape", "s")
        await at.shows("only: created", "No order is found", "Press s")
        await at.press("escape")
        await at.scan("no-such-order-1")
        await at.shows("! No order has no-such-order-1")
        await at.scan(placed)

        await at.shows("Order " + placed)


async def test_an_empty_list_says_what_will_come(shop: Shop) -> None:
    async with console(shop) as at:
        await at.go("pick")

        await at.shows("Nothing is to be picked")
