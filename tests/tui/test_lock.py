from tests.support.api import Shop
from tests.support.consoles import console
from tests.support.people import hire


async def test_a_store_without_operators_opens_at_once(shop: Shop) -> None:
    async with console(shop) as at:
        await at.shows("* linked")
        await at.shows("My store", "Today", "manager", "Taken by tender")


async def test_an_operator_signs_on_with_a_pin(shop: Shop) -> None:
    await hire(shop, "anna")
    async with console(shop, role="cashier", operator="anna") as at:
        await at.shows("anna (supervisor)", "Open orders")
