"""However a sold line comes back in parts: all parts together are the line, to the penny, tax and all."""

from hypothesis import given
from hypothesis import strategies as st

from appliance.application.commands import GivenDiscount
from appliance.domain import money
from appliance.domain.events import SaleLine
from appliance.domain.pricing import price_line
from appliance.domain.product import Product
from appliance.domain.refund import part_of
from appliance.domain.sale import GivenBack
from tests.support.amounts import MODEST_PRICES
from tests.support.fake_uow import POLICY


@st.composite
def sold_in_parts(draw: st.DrawFn) -> tuple[SaleLine, list[int]]:
    """A line of some thousandths, and the thousandths of each part it comes back in."""
    parts = draw(st.lists(st.integers(1, 5_000), min_size=1, max_size=8))
    tax_code = draw(st.sampled_from(["standard", "zero", "sales"]))
    percent = draw(st.sampled_from([None, "10", "33.333", "99.9"]))
    product = Product(product_id="p", name="P", stocked=True, tax_code=tax_code, barcodes=(), active=True)
    line = price_line(
        1,
        product,
        money.quantity_text(sum(parts)),
        draw(MODEST_PRICES),
        in_force=None,
        discounts=() if percent is None else (GivenDiscount(kind="percent", percent=percent),),
        code=None,
        policy=POLICY,
    )
    return line, parts


def come_back(line: SaleLine, parts: list[int]) -> list[SaleLine]:
    so_far, back = GivenBack(), []
    for wanted in parts:
        part = part_of(line, so_far, wanted)
        so_far = GivenBack(quantity=so_far.quantity + wanted, amount=so_far.amount + part.amount)
        back.append(part)
    return back


@given(sold_in_parts())
def test_all_parts_together_are_the_line(sold: tuple[SaleLine, list[int]]) -> None:
    line, parts = sold

    back = come_back(line, parts)

    assert sum(part.amount for part in back) == line.amount
    assert sum(part.tax[0].amount for part in back) == line.tax[0].amount
    assert sum(part.tax[0].base for part in back) == line.tax[0].base
    off = sum(discount.amount for part in back for discount in part.discounts)
    assert off == sum(discount.amount for discount in line.discounts)


@given(sold_in_parts())
def test_no_part_is_below_nothing_or_above_its_line(sold: tuple[SaleLine, list[int]]) -> None:
    line, parts = sold

    for part in come_back(line, parts):
        [tax] = part.tax
        assert 0 <= tax.amount <= part.amount <= line.amount
        assert tax.base + tax.amount == part.amount
        assert all(discount.amount > 0 for discount in part.discounts)


@given(sold_in_parts())
def test_what_has_come_back_is_always_the_fair_share(sold: tuple[SaleLine, list[int]]) -> None:
    line, parts = sold
    returned = given_back = 0

    for wanted, part in zip(parts, come_back(line, parts), strict=True):
        returned += wanted
        given_back += part.amount
        assert abs(given_back * sum(parts) - line.amount * returned) * 2 <= sum(parts)
