"""Whatever the rate: the tax and what it is on add up to what the customer pays."""

from decimal import ROUND_HALF_EVEN, Decimal

from hypothesis import given

from appliance.domain.tax import TaxRate, tax_on
from tests.support.amounts import NETS, RATES


@given(NETS, RATES)
def test_base_and_tax_add_up_to_what_the_line_costs(net: int, rate: TaxRate) -> None:
    part = tax_on("code", rate, net)

    assert part.base >= 0
    assert part.amount >= 0
    if rate.inclusive:
        assert part.base + part.amount == net
    else:
        assert part.base == net


@given(NETS, RATES)
def test_the_tax_is_the_exact_share_rounded_half_even(net: int, rate: TaxRate) -> None:
    percent = Decimal(rate.rate)
    whole = 100 + percent if rate.inclusive else Decimal(100)

    exact = (Decimal(net) * percent / whole).quantize(Decimal(1), ROUND_HALF_EVEN)

    assert tax_on("code", rate, net).amount == exact
