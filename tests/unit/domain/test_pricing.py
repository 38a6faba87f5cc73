"""A line's price, discounts and tax."""

import pytest

from appliance.application.commands import GivenDiscount
from appliance.domain.events import SaleLine
from appliance.domain.pricing import agree_price, price_line
from appliance.domain.product import PriceRow, Product, price_history, price_in_force
from appliance.domain.refusals import (
    DiscountTooLarge,
    InvalidAmount,
    InvalidRate,
    OverrideNotAllowed,
    PriceMissing,
    UnknownTaxCode,
)
from tests.support.fake_uow import POLICY

TEA = Product(product_id="tea", name="Tea", stocked=True, tax_code="standard", barcodes=(), active=True)
LISTED = PriceRow("2026-01-01T00:00:00.000000Z", 7, "spring", "2.50")


def priced(*discounts: GivenDiscount, quantity: str = "2", price: str = "2.50", tax_code: str = "standard") -> SaleLine:
    product = Product(product_id="tea", name="Tea", stocked=True, tax_code=tax_code, barcodes=(), active=True)
    return price_line(1, product, quantity, price, in_force=LISTED, discounts=discounts, code=None, policy=POLICY)


def test_an_inclusive_tax_is_taken_out_of_the_price() -> None:
    line = priced()

    assert (line.amount, line.tax[0].base, line.tax[0].amount) == (500, 417, 83)


def test_an_additive_tax_comes_on_top() -> None:
    line = priced(tax_code="sales")

    assert (line.amount, line.tax[0].base, line.tax[0].amount) == (544, 500, 44)


def test_discounts_come_off_one_after_the_other() -> None:
    line = priced(GivenDiscount(kind="percent", percent="10"), GivenDiscount(kind="amount", amount=50))

    assert [discount.amount for discount in line.discounts] == [50, 50]
    assert line.amount == 400


def test_a_percentage_rounds_half_even() -> None:
    line = priced(GivenDiscount(kind="percent", percent="0.1"), quantity="1")

    assert line.discounts[0].amount == 0


def test_a_line_may_be_given_away() -> None:
    assert priced(GivenDiscount(kind="percent", percent="100")).amount == 0
    assert priced(GivenDiscount(kind="amount", amount=500)).amount == 0


def test_no_discount_takes_a_line_below_zero() -> None:
    with pytest.raises(DiscountTooLarge) as refusal:
        priced(GivenDiscount(kind="amount", amount=300), GivenDiscount(kind="amount", amount=201))

    assert refusal.value.at == "/discounts/1"
    assert refusal.value.facts == {"discount": 201, "line_amount": 200}


@pytest.mark.parametrize("percent", ["0", "-5", "100.000001", "half", "1e1"])
def test_an_absurd_percentage_is_refused(percent: str) -> None:
    with pytest.raises(InvalidRate):
        priced(GivenDiscount(kind="percent", percent=percent))


@pytest.mark.parametrize(
    "discount",
    [
        GivenDiscount(kind="amount"),
        GivenDiscount(kind="amount", amount=0),
        GivenDiscount(kind="amount", amount=-1),
        GivenDiscount(kind="amount", amount=1, percent="1"),
    ],
)
def test_a_discount_says_one_thing(discount: GivenDiscount) -> None:
    with pytest.raises(InvalidAmount):
        priced(discount)


def test_a_line_keeps_the_list_price_it_left() -> None:
    line = priced(price="2.00")

    assert (line.unit_price, line.list_price, line.price_list) == ("2.00", "2.50", "spring")


def test_a_tax_code_the_store_does_not_have_is_refused() -> None:
    with pytest.raises(UnknownTaxCode):
        priced(tax_code="luxury")


def test_the_price_in_force_needs_no_right() -> None:
    assert agree_price(TEA, None, LISTED, may_override=False) == "2.50"
    assert agree_price(TEA, "2.5000", LISTED, may_override=False) == "2.5000"


def test_another_price_needs_a_right() -> None:
    with pytest.raises(OverrideNotAllowed) as refusal:
        agree_price(TEA, "2.49", LISTED, may_override=False)

    assert refusal.value.status == 403
    assert refusal.value.facts["price_in_force"] == "2.50"
    assert agree_price(TEA, "2.49", LISTED, may_override=True) == "2.49"


def test_without_a_price_in_force_any_is_taken_and_one_is_needed() -> None:
    assert agree_price(TEA, "12.34", None, may_override=False) == "12.34"
    with pytest.raises(PriceMissing):
        agree_price(TEA, None, None, may_override=True)


@pytest.mark.parametrize(
    ("at", "price"),
    [
        ("2025-12-31T23:59:59.999999Z", "1.00"),  # before all: the product's own first price
        ("2026-01-01T00:00:00.000000Z", "2.00"),
        ("2026-02-01T00:00:00.000000Z", "4.00"),  # of two that begin together, the one loaded last
        ("2099-01-01T00:00:00.000000Z", "4.00"),
    ],
)
def test_the_newest_price_that_has_begun_is_in_force(at: str, price: str) -> None:
    rows = (
        PriceRow("2026-01-01T00:00:00.000000Z", 5, "winter", "2.00"),
        PriceRow("2026-01-15T00:00:00.000000Z", 2, "product", "1.00"),
        PriceRow("2026-02-01T00:00:00.000000Z", 3, "spring", "3.00"),
        PriceRow("2026-02-01T00:00:00.000000Z", 9, "spring-2", "4.00"),
    )

    found = price_in_force(rows, at)

    assert found is not None
    assert found.price == price


def test_a_price_said_again_is_not_kept_again() -> None:
    rows = [PriceRow(f"2026-01-0{day}T00:00:00.000000Z", day, "product", "2.50") for day in (3, 1, 2)]
    other = PriceRow("2026-01-02T12:00:00.000000Z", 9, "product", "3.00")

    assert price_history(rows) == (rows[1],)
    assert price_history([*rows, other]) == (rows[1], other, rows[0])


def test_a_price_list_of_the_future_is_not_in_force() -> None:
    assert price_in_force((LISTED,), "2025-01-01T00:00:00.000000Z") is None
