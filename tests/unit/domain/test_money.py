"""Decimals in, whole numbers between, decimals out."""

import pytest

from appliance.domain import money
from appliance.domain.currency import EXPONENTS, Currency
from appliance.domain.refusals import InvalidAmount, InvalidPrice, InvalidQuantity, UnknownCurrency

GBP, JPY, KWD = Currency.of("GBP"), Currency.of("JPY"), Currency.of("KWD")


@pytest.mark.parametrize(
    ("text", "thousandths"),
    [("1", 1000), ("0.001", 1), ("1.5", 1500), ("007", 7000), ("1000000", 1_000_000_000), ("2.500", 2500)],
)
def test_a_quantity_is_read_in_thousandths(text: str, thousandths: int) -> None:
    assert money.quantity(text) == thousandths


@pytest.mark.parametrize(
    "text",
    ["", "-", ".", "1.", ".5", "1e3", "+1", " 1", "1 ", "1,5", "NaN", "Infinity", "1_0", "٣", "²", "0x1", "--1"],
)
def test_what_is_no_plain_decimal_is_no_quantity(text: str) -> None:
    with pytest.raises(InvalidQuantity):
        money.quantity(text)


@pytest.mark.parametrize("text", ["1.2345", "9" * 21, "1" * 100_000])
def test_a_quantity_has_few_digits(text: str) -> None:
    with pytest.raises(InvalidQuantity) as refusal:
        money.quantity(text)

    assert len(refusal.value.detail) < 100


@pytest.mark.parametrize("text", ["0", "0.000", "-1", "-0.001", "1000000.001", "99999999999999"])
def test_a_quantity_sold_is_above_nothing_and_below_absurd(text: str) -> None:
    with pytest.raises(InvalidQuantity) as refusal:
        money.quantity(text)

    assert refusal.value.at == "/quantity"


@pytest.mark.parametrize("text", ["-0.01", "1000000.000001", "0.0000001", "free"])
def test_an_absurd_price_is_refused(text: str) -> None:
    with pytest.raises(InvalidPrice):
        money.unit_price(text)


@pytest.mark.parametrize(
    ("quantity", "price", "currency", "amount"),
    [
        ("1", "0.001", GBP, 0),  # a tenth of a penny is nothing
        ("5", "0.001", GBP, 0),  # half a penny: to the even
        ("15", "0.001", GBP, 2),  # one and a half: to the even
        ("25", "0.001", GBP, 2),
        ("1000000", "1000000", GBP, 10**14),
        ("0.333", "2.99", GBP, 100),
        ("80995", "2.08", GBP, 16_846_960),
        ("3", "150.5", JPY, 452),  # 451.5 to the even
        ("1", "0.0005", KWD, 0),
        ("3", "0.0005", KWD, 2),
    ],
)
def test_a_line_rounds_half_even_to_the_minor_unit(quantity: str, price: str, currency: Currency, amount: int) -> None:
    assert money.extended(money.quantity(quantity), money.unit_price(price), currency) == amount


@pytest.mark.parametrize(
    ("price", "currency", "text"),
    [("2.5", GBP, "2.50"), ("2.5000", GBP, "2.50"), ("0.001", GBP, "0.001"), ("3.0", JPY, "3"), ("1", KWD, "1.000")],
)
def test_prices_are_written_one_way(price: str, currency: Currency, text: str) -> None:
    assert money.price_text(money.unit_price(price), currency) == text


def test_quantities_are_written_without_zeros_at_the_end() -> None:
    assert [money.quantity_text(value) for value in (1000, 1500, 1, -2500, 0)] == ["1", "1.5", "0.001", "-2.5", "0"]


def test_currencies_have_the_decimals_of_iso_4217() -> None:
    assert [EXPONENTS[code] for code in ("GBP", "EUR", "JPY", "KWD", "CLF")] == [2, 2, 0, 3, 4]


@pytest.mark.parametrize("code", ["", "gbp", "XXY", "GBP ", "€"])
def test_a_code_that_is_no_currency_is_refused(code: str) -> None:
    with pytest.raises(UnknownCurrency):
        Currency.of(code)


@pytest.mark.parametrize("value", [-1, money.MAX_AMOUNT + 1, 10**30])
def test_an_absurd_amount_is_refused(value: int) -> None:
    with pytest.raises(InvalidAmount):
        money.amount(value, "/amount")
