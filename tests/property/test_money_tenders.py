"""However a sale is paid: what was kept of the tenders is the total and its rounding, and change is cash."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from appliance.application.commands import GivenTender
from appliance.domain.refusals import TendersDoNotCover, TendersExceed
from appliance.domain.tenders import TENDER_TYPES, settle
from tests.support.fake_uow import POLICY

TENDERS = st.lists(
    st.builds(GivenTender, type=st.sampled_from(sorted(TENDER_TYPES)), amount=st.integers(1, 5_000)), max_size=5
)
COINS = st.sampled_from([1, 5, 10, 50, 100])


@given(st.integers(0, 10_000), TENDERS, COINS)
def test_what_was_kept_is_the_total_and_its_rounding(total: int, offered: list[GivenTender], coin: int) -> None:
    cash = sum(each.amount for each in offered if each.type == "cash")
    other = sum(each.amount for each in offered if each.type != "cash")
    try:
        tenders, rounding = settle(total, offered, replace(POLICY, cash_rounding=coin))
    except TendersDoNotCover:
        assert cash + other < total + coin / 2
        return
    except TendersExceed:
        assert other > total
        return

    assert sum(each.amount - each.change for each in tenders) == total + rounding
    assert all(0 <= each.change <= each.amount for each in tenders)
    assert all(each.change == 0 for each in tenders if each.type != "cash")
    assert abs(rounding) * 2 <= coin
    assert rounding == 0 or coin > 1
    assert (total + rounding - other) % coin == 0 or not cash
