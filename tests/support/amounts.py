"""Quantities, prices, rates and discounts as tills send them, for property tests."""

from hypothesis import strategies as st

from appliance.application.commands import GivenDiscount
from appliance.domain import money
from appliance.domain.currency import Currency
from appliance.domain.tax import MAX_RATE, TaxRate


def decimals(low: int, high: int, places: int) -> st.SearchStrategy[str]:
    """Decimal strings of the integers from low to high, in units of 10**-places; small ones come often."""
    everyday = st.integers(low, min(high, low + 20_000))
    return st.one_of(everyday, st.integers(low, high)).map(lambda value: money.unscaled(value, places))


QUANTITIES = decimals(1, money.MAX_QUANTITY, money.QUANTITY_PLACES)
PRICES = st.one_of(decimals(0, 10_000, 2), decimals(0, 10_000, 3), decimals(0, money.MAX_PRICE, money.PRICE_PLACES))
MODEST_PRICES = st.one_of(decimals(0, 10_000, 2), decimals(0, 10_000, 3))
CURRENCIES = st.sampled_from(["GBP", "JPY", "KWD", "CLF"]).map(Currency.of)
RATES = st.builds(
    TaxRate,
    st.one_of(st.sampled_from(["0", "5", "20", "8.875", "19"]), decimals(0, MAX_RATE, money.PRICE_PLACES)),
    st.booleans(),
)
NETS = st.one_of(st.integers(0, 10_000), st.integers(0, money.MAX_AMOUNT))


def discounts(largest: int) -> st.SearchStrategy[GivenDiscount]:
    """A discount, of an amount up to the largest or of any percentage."""
    percents = decimals(1, 100 * money.PRICE_UNIT, money.PRICE_PLACES)
    return st.one_of(
        st.builds(GivenDiscount, kind=st.just("amount"), amount=st.integers(1, max(largest, 1))),
        st.builds(GivenDiscount, kind=st.just("percent"), percent=percents),
    )
