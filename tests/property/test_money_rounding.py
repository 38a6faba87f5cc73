"""Whatever is sold in whatever currency: exact decimals, rounded half-even, once."""

from decimal import ROUND_HALF_EVEN, Decimal

from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import money
from appliance.domain.currency import EXPONENTS, Currency
from tests.support.amounts import CURRENCIES, PRICES, QUANTITIES


def exactly(quantity: str, price: str, currency: Currency) -> int:
    unit = Decimal(1).scaleb(-currency.exponent)
    return int((Decimal(quantity) * Decimal(price)).quantize(unit, ROUND_HALF_EVEN).scaleb(currency.exponent))


@given(QUANTITIES, PRICES, CURRENCIES)
def test_a_line_is_the_exact_product_rounded_half_even(quantity: str, price: str, currency: Currency) -> None:
    amount = money.extended(money.quantity(quantity), money.unit_price(price), currency)

    assert amount == exactly(quantity, price, currency)


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**12))
def test_half_even_division_is_the_decimal_one(numerator: int, denominator: int) -> None:
    quotient = money.divide_half_even(numerator, denominator)

    assert abs(2 * (quotient * denominator - numerator)) <= denominator
    if 2 * (quotient * denominator - numerator) in (denominator, -denominator):
        assert quotient % 2 == 0


@given(PRICES, CURRENCIES)
def test_a_price_written_and_read_is_the_same_price(price: str, currency: Currency) -> None:
    text = money.price_text(money.unit_price(price), currency)

    assert money.unit_price(text) == money.unit_price(price)
    assert Decimal(text) == Decimal(price)
    assert len(text.partition(".")[2]) >= currency.exponent


@given(st.integers(-money.MAX_QUANTITY, money.MAX_QUANTITY))
def test_a_quantity_written_and_read_is_the_same_quantity(thousandths: int) -> None:
    text = money.quantity_text(thousandths)

    assert money.signed_quantity(text) == thousandths
    assert not text.endswith(".")


@given(st.text(max_size=30))
def test_any_text_is_read_as_the_decimal_it_is_or_refused(text: str) -> None:
    value = money.scaled(text, money.QUANTITY_PLACES)

    assert value is None or Decimal(text) == Decimal(value).scaleb(-money.QUANTITY_PLACES)


def test_every_currency_can_be_sold_in() -> None:
    for code in EXPONENTS:
        currency = Currency.of(code)
        assert money.extended(money.quantity("1"), money.unit_price("1"), currency) == 10**currency.exponent
