from tests.support.api import Shop
from tests.support.consoles import console
from tests.support.people import PINS, hire


async def test_a_drawer_lives_through_a_day(shop: Shop) -> None:
    async with console(shop) as at:
        await at.go("drawer")
        await at.shows("till-1, session 1: closed")
        await at.press("f9")
        await at.shows("Open the drawer")
        await at.fill("100")
        await at.shows("session 1: open", "100.00")
        await at.press("ctrl+g")
        await at.shows("Reason")
        await at.fill("20", "to the safe")
        await at.shows("20.00")
        await at.press("ctrl+n")
        await at.shows("Count the cash")
        await at.fill("80")
        await at.shows("Should be in it", "80.00")
        await at.press("ctrl+o")
        await at.shows("Close with a Z")
        await at.fill("79.50", "a coin is missing")
        await at.shows("A Z report cannot be undone")
        await at.press("tab", "enter")

        await at.shows("Z report 1", "! Difference", "-0.50", "session 2: closed")


async def test_a_cashier_counts_blind_with_a_second_person(shop: Shop) -> None:
    await hire(shop, "carl", "anna")
    async with console(shop, role="cashier", operator="carl") as at:
        await at.go("drawer")
        await at.press("f9")
        await at.shows("Open the drawer")
        await at.fill("50")
        await at.shows("This takes a second person")
        await at.fill("anna", PINS["anna"])

        assert "Should be in it" not in await at.shows("session 1: open")
