from tests.support.api import BARCODE, Shop
from tests.support.consoles import Terminal, console
from tests.support.people import PINS, hire
from tui.screens.asking import Ask


async def _pay(at: Terminal, cash: str) -> None:
    await at.press("f9")
    await at.until(lambda: isinstance(at.console.screen, Ask))
    await at.fill(cash, "", "")


async def test_a_scanned_basket_is_paid_and_its_receipt_shown(shop: Shop) -> None:
    async with console(shop) as at:
        await at.go("sale")
        await at.scan(BARCODE)
        await at.shows("Tea", "Total 2.50 EUR")
        await at.fill("3*jam")
        await at.shows("Jam", "Total 12.10 EUR")
        await _pay(at, "20")

        await at.shows("Booked as till-1-1-1", "Change: 7.90 EUR", "Scan the first product")
    assert (await shop.get("/sales")).json()["items"][0]["total"] == 1210


async def test_an_unknown_code_is_answered_and_changes_nothing(shop: Shop) -> None:
    async with console(shop) as at:
        await at.go("sale")
        await at.scan("4000000000006")

        await at.shows("! No product has 4000000000006", "type a part of its name")


async def test_too_little_money_is_refused_and_the_basket_stays(shop: Shop) -> None:
    async with console(shop) as at:
        await at.go("sale")
        await at.scan(BARCODE)
        await at.shows("Total 2.50")
        await _pay(at, "1")

        await at.shows("The tenders do not cover the total", "Total 2.50")
    assert (await shop.get("/sales")).json()["items"] == []


async def test_a_cashier_voids_with_a_supervisors_pin(shop: Shop) -> None:
    await hire(shop, "carl", "anna")
    async with console(shop, role="cashier", operator="carl") as at:
        await at.go("sale")
        await at.scan(BARCODE)
        await at.shows("Total 2.50")
        await _pay(at, "5")
        await at.shows("Booked as")
        await at.press("ctrl+o")
        await at.shows("till-1-1-1", "completed")
        await at.press("enter")
        await at.shows("served by carl")
        await at.press("ctrl+t")
        await at.shows("Void this sale?")
        await at.fill("wrong basket")
        await at.shows("This takes a second person")
        await at.fill("anna", PINS["anna"])

        await at.shows("Voided: 2.50 EUR go back", "voided: wrong basket")
    assert (await shop.get("/sales")).json()["items"][0]["status"] == "voided"


async def test_a_part_of_a_sale_is_given_back(shop: Shop) -> None:
    async with console(shop) as at:
        await at.go("sale")
        await at.fill("3*jam")
        await at.shows("Total 9.60")
        await _pay(at, "9.60")
        await at.shows("Booked as")
        await at.press("ctrl+o")
        await at.shows("till-1-1-1")
        await at.press("enter")
        await at.shows("State: completed")
        await at.press("f9")
        await at.shows("Give back in cash")
        await at.fill("1", "torn")

        await at.shows("Give back 3.20 EUR", "given back 3.20: torn")


async def test_a_scan_is_kept_out_of_a_question_about_money(shop: Shop) -> None:
    async with console(shop) as at:
        await at.go("sale")
        await at.scan(BARCODE)
        await at.shows("Total 2.50")
        await at.press("f9")
        await at.shows("How is it paid?")
        await at.scan(BARCODE)

        await at.shows("A scan came while something else was asked")
    assert (await shop.get("/sales")).json()["items"] == []
