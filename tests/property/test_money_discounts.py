"""Whatever comes off a line: it never goes below nothing, and its parts add up."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.application.commands import GivenDiscount
from appliance.domain import money
from appliance.domain.pricing import price_line
from appliance.domain.product import Product
from appliance.domain.refusals import DiscountTooLarge
from tests.support.amounts import MODEST_PRICES, QUANTITIES, discounts
from tests.support.fake_uow import POLICY

CODES = st.sampled_from(["standard", "zero", "sales"])


def left(gross: int, offered: Sequence[GivenDiscount]) -> int:
    """What the discounts leave; below nothing where one of them is too large."""
    for each in offered:
        percent = Decimal(each.percent or 0)
        gross -= each.amount or int((gross * percent / 100).quantize(Decimal(1), ROUND_HALF_EVEN))
        if gross < 0:
            break
    return gross


@given(QUANTITIES, MODEST_PRICES, CODES, st.lists(discounts(500), max_size=4))
def test_a_lines_parts_add_up_and_never_go_below_nothing(
    quantity: str, price: str, tax_code: str, offered: list[GivenDiscount]
) -> None:
    product = Product(product_id="p", name="P", stocked=True, tax_code=tax_code, barcodes=(), active=True)
    gross = money.extended(money.quantity(quantity), money.unit_price(price), POLICY.currency)
    net = left(gross, offered)
    if net < 0:
        with pytest.raises(DiscountTooLarge):
            price_line(1, product, quantity, price, in_force=None, discounts=offered, code=None, policy=POLICY)
        return

    line = price_line(1, product, quantity, price, in_force=None, discounts=offered, code=None, policy=POLICY)

    [tax] = line.tax
    assert gross - sum(discount.amount for discount in line.discounts) == net
    assert line.amount == tax.base + tax.amount == (net if tax.inclusive else net + tax.amount)
