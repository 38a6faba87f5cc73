"""What is handed over covers what is due; only cash gives change, and only in coins there are."""

from dataclasses import replace

import pytest

from appliance.application.commands import GivenTender
from appliance.domain.refusals import InvalidAmount, InvalidChoice, TendersDoNotCover, TendersExceed, TooMany
from appliance.domain.tenders import pay_back, settle
from tests.support.fake_uow import POLICY

SWISS = replace(POLICY, cash_rounding=5)


def cash(amount: int) -> GivenTender:
    return GivenTender(type="cash", amount=amount)


def card(amount: int) -> GivenTender:
    return GivenTender(type="card", amount=amount, reference="auth-1")


def test_cash_gives_change() -> None:
    [tender], rounding = settle(730, [cash(1000)], POLICY)

    assert (tender.amount, tender.change, rounding) == (1000, 270, 0)


def test_what_a_card_leaves_is_paid_in_cash() -> None:
    [first, second], _ = settle(730, [card(700), cash(50)], POLICY)

    assert (first.change, second.change) == (0, 20)


def test_change_comes_from_the_last_cash_first() -> None:
    tenders, _ = settle(100, [cash(80), card(10), cash(60)], POLICY)

    assert [tender.change for tender in tenders] == [0, 0, 50]


def test_too_little_is_refused_with_what_is_missing() -> None:
    with pytest.raises(TendersDoNotCover) as refusal:
        settle(730, [cash(500), card(200)], POLICY)

    assert refusal.value.facts == {"total": 730, "due": 730, "missing": 30}
    assert refusal.value.at == "/tenders"


def test_nothing_covers_only_nothing() -> None:
    assert settle(0, [], POLICY) == ((), 0)
    with pytest.raises(TendersDoNotCover):
        settle(1, [], POLICY)


def test_a_card_gives_no_change() -> None:
    with pytest.raises(TendersExceed) as refusal:
        settle(730, [card(731)], POLICY)

    assert refusal.value.facts["over"] == 1


@pytest.mark.parametrize(
    ("total", "given", "rounding", "change"), [(732, 735, -2, 5), (733, 735, 2, 0), (738, 750, 2, 10), (730, 730, 0, 0)]
)
def test_cash_is_rounded_to_the_smallest_coin(total: int, given: int, rounding: int, change: int) -> None:
    [tender], rounded = settle(total, [cash(given)], SWISS)

    assert (rounded, tender.change) == (rounding, change)


def test_a_card_pays_to_the_penny_where_cash_is_rounded() -> None:
    assert settle(732, [card(732)], SWISS)[1] == 0


def test_only_the_part_in_cash_is_rounded() -> None:
    _, rounding = settle(732, [card(700), cash(30)], SWISS)

    assert rounding == -2


def test_a_refund_is_paid_back_exactly() -> None:
    assert pay_back(730, [card(700), cash(30)], POLICY)[1] == 0
    with pytest.raises(TendersExceed):
        pay_back(730, [cash(1000)], POLICY)
    with pytest.raises(TendersDoNotCover):
        pay_back(730, [card(700)], POLICY)


def test_a_refund_in_cash_is_rounded_as_the_sale_was() -> None:
    [tender], rounding = pay_back(732, [cash(730)], SWISS)

    assert (tender.amount, rounding) == (730, -2)


@pytest.mark.parametrize(("tender", "refusal"), [(cash(0), InvalidAmount), (cash(-5), InvalidAmount)])
def test_a_tender_of_nothing_is_refused(tender: GivenTender, refusal: type[Exception]) -> None:
    with pytest.raises(refusal) as refused:
        settle(0, [card(5), tender], POLICY)

    assert getattr(refused.value, "at", None) == "/tenders/1/amount"


def test_an_unknown_kind_of_money_is_refused() -> None:
    with pytest.raises(InvalidChoice) as refusal:
        settle(5, [GivenTender(type="shells", amount=5)], POLICY)

    assert refusal.value.at == "/tenders/0/type"


def test_no_sale_is_paid_with_a_thousand_tenders() -> None:
    with pytest.raises(TooMany):
        settle(1000, [cash(1)] * 1000, POLICY)
