from pathlib import Path

from biip.checksums import gs1_standard_check_digit
from textual.events import Paste

from appliance.config import StoreSettings
from tests.support.api import BARCODE, Shop, sale, serving, stocked
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


async def test_a_receipt_is_scanned_by_its_number_its_sale_or_the_till_s_own_number(shop: Shop) -> None:
    sold = (await shop.post("/sales", sale(client_ref="till/0042"))).json()
    async with console(shop) as at:
        for code in (sold["receipt_number"], sold["sale_id"]):
            await at.go("sale")
            await at.press("ctrl+o")
            await at.shows("Receipts", "till-1-1-1")
            await at.scan(code)
            await at.shows("State: completed")
        await at.press("q")
        await at.shows("Receipts")
        await at.scan("till/0042")
        await at.shows("found for: till/0042", "till-1-1-1")
        await at.scan("till/0043")

        await at.shows("No receipt is found. Escape goes back.")


async def test_a_label_says_its_own_weight_and_a_paste_is_a_scan(tmp_path: Path) -> None:
    async with serving(tmp_path, store=StoreSettings(barcode_region="se")) as opened:
        shop = await stocked(opened)
        label = {"name": "Cheese", "tax_code": "standard", "price": "120", "barcodes": [weighed("123456", "0000")]}
        assert (await shop.put("/products/cheese", label)).status_code == 201
        async with console(shop) as at:
            await at.go("sale")
            await at.scan(weighed("123456", "0350"))
            await at.shows("Cheese", "0.35", "Total 42.00 EUR")
            await at.go("stock")
            at.console.post_message(Paste(f"{weighed('123456', '0200')}\r\n"))

            await at.shows("Product", "Cheese", "Nothing has moved it yet")


def weighed(item: str, grams: str) -> str:
    """A label of a Swedish shop's own scales."""
    payload = f"23{item}{grams}"
    return f"{payload}{gs1_standard_check_digit(payload)}"
