"""What every payment adapter promises."""

import pytest

from appliance.application.outside import Declined, Found, Refunded
from tests.support.outside import Tried

LARGE = 9_007_199_254_740_993  # one more than a double can tell from its neighbour


async def test_a_charge_takes_exactly_what_was_asked(tried: Tried) -> None:
    charged = await tried.outside.payment.charge("o1:pay:1", "o1", LARGE, "EUR")

    assert (charged.amount, charged.currency) == (LARGE, "EUR")
    assert charged.transaction_id


async def test_a_repeated_charge_is_the_same_charge(tried: Tried) -> None:
    first = await tried.outside.payment.charge("o1:pay:1", "o1", 1299, "EUR")

    assert await tried.outside.payment.charge("o1:pay:1", "o1", 1299, "EUR") == first
    assert await tried.outside.payment.charge("o2:pay:1", "o2", 1299, "EUR") != first


async def test_a_key_is_good_for_one_request_only(tried: Tried) -> None:
    await tried.outside.payment.charge("o1:pay:1", "o1", 1299, "EUR")

    with pytest.raises(Declined):
        await tried.outside.payment.charge("o1:pay:1", "o1", 1300, "EUR")


async def test_a_refund_gives_back_what_was_taken_and_no_more(tried: Tried) -> None:
    charged = await tried.outside.payment.charge("o1:pay:1", "o1", 1299, "EUR")

    refunded = await tried.outside.payment.refund("o1:pay:undo", charged.transaction_id, 1299)

    assert refunded.amount == 1299
    assert await tried.outside.payment.refund("o1:pay:undo", charged.transaction_id, 1299) == refunded
    if not tried.judges_money:
        return
    with pytest.raises(Declined):
        await tried.outside.payment.refund("o1:pay:undo:2", charged.transaction_id, 1)


async def test_a_charge_that_nobody_made_is_not_refunded(tried: Tried) -> None:
    if not tried.judges_money:
        pytest.skip("this provider only keeps a record")
    with pytest.raises(Declined):
        await tried.outside.payment.refund("o1:pay:undo", "unheard-of", 1299)


async def test_a_query_tells_what_became_of_a_key(tried: Tried) -> None:
    payment = tried.outside.payment

    assert await payment.query("o1:pay:1") == Found("absent")
    charged = await payment.charge("o1:pay:1", "o1", 1299, "EUR")
    assert await payment.query("o1:pay:1") == Found("done", charged)
    refunded = await payment.refund("o1:pay:undo", charged.transaction_id, 1299)
    found = await payment.query("o1:pay:undo")
    assert isinstance(found.answer, Refunded)
    assert found.answer == refunded


async def test_keys_may_hold_what_addresses_may_not(tried: Tried) -> None:
    key = "order/1?x=%20#:pay 1 &amp;"

    charged = await tried.outside.payment.charge(key, "o1", 5, "EUR")

    assert await tried.outside.payment.query(key) == Found("done", charged)
