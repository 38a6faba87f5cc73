"""Given a sale, when it is undone whole or in parts, then never more goes back than came in."""

from dataclasses import replace
from typing import Any

import pytest

from appliance.application.commands import (
    GivenDiscount,
    GivenTender,
    RefundedLine,
    RefundSale,
    RefundUnlinked,
    RegisterCustomer,
    RungUpLine,
    VoidSale,
)
from appliance.domain import refusals as r
from appliance.errors import StaleVersion
from tests.support.fake_uow import Store, shop
from tests.support.rung_up import sale

VOID = VoidSale(sale_id="s-1", register_id="till-1", reason="wrong customer")


def refund(refund_id: str, paid: int | None, *lines: tuple[int, str]) -> RefundSale:
    return RefundSale(
        sale_id="s-1",
        refund_id=refund_id,
        register_id="till-1",
        lines=tuple(RefundedLine(line=line, quantity=quantity) for line, quantity in lines) or None,
        tenders=() if paid is None else (GivenTender(type="cash", amount=paid),),
        reason="broken",
    )


@pytest.fixture
def store() -> Store:
    """A shop that has sold two teas and three mugs for 17.00."""
    return shop().given(sale("s-1", tea="2", mug="3"))


def test_a_void_undoes_the_whole_sale(store: Store) -> None:
    event = store.event(VOID, operator="ben")

    assert (event.receipt_number, event.voided_receipt) == ("till-1-1-2", "till-1-1-1")
    assert (event.total, len(event.lines), event.tenders[0].change, event.operator) == (1700, 2, 998_300, "ben")
    assert store.rows("SELECT product_id, on_hand_milli FROM stock ORDER BY 1") == [("mug", 0), ("tea", 0)]


def test_a_sale_is_voided_once(store: Store) -> None:
    store.when(VOID)

    with pytest.raises(r.AlreadyVoided):
        store.when(VOID)


def test_yesterdays_sale_cannot_be_voided(store: Store) -> None:
    store.later(hours=12)

    with pytest.raises(r.VoidTooLate) as refusal:
        store.when(VOID)

    assert refusal.value.facts["sold_on"] == "2026-11-23"
    assert refusal.value.facts["today"] == "2026-11-24"


def test_a_refunded_sale_cannot_be_voided(store: Store) -> None:
    store.when(refund("r-1", 250, (1, "1")))

    with pytest.raises(r.AlreadyRefunded):
        store.when(VOID)


def test_a_voided_sale_cannot_be_refunded(store: Store) -> None:
    store.when(VOID)

    with pytest.raises(r.AlreadyVoided):
        store.when(refund("r-1", 1700))


@pytest.mark.parametrize("command", [replace(VOID, sale_id="s-9"), replace(refund("r-1", 1), sale_id="s-9")])
def test_a_sale_nobody_made_is_not_found(store: Store, command: VoidSale | RefundSale) -> None:
    with pytest.raises(r.SaleNotFound) as refusal:
        store.when(command)

    assert refusal.value.status == 404


def test_a_void_from_a_stale_view_is_refused(store: Store) -> None:
    with pytest.raises(StaleVersion):
        store.when(replace(VOID, expected_version=2))

    store.when(replace(VOID, expected_version=1))


@pytest.mark.parametrize("reason", ["", "  ", "a\nb", "x" * 501])
def test_a_void_needs_a_reason(store: Store, reason: str) -> None:
    with pytest.raises(r.InvalidText):
        store.when(replace(VOID, reason=reason))


def test_a_refund_of_everything_is_the_sale_again(store: Store) -> None:
    event = store.event(refund("r-1", 1700))

    assert [(line.line, line.quantity, line.amount) for line in event.lines] == [(1, "2", 500), (2, "3", 1200)]
    assert (event.total, event.sale_id, event.receipt_number) == (1700, "s-1", "till-1-1-2")
    assert store.rows("SELECT status FROM documents WHERE id = 's-1'") == [("refunded",)]


def test_parts_of_a_line_add_up_to_the_line() -> None:
    store = shop().given(sale("s-1", lines=(RungUpLine(product_id="wrapping", quantity="3", unit_price="3.3333"),)))

    parts = [store.event(refund(f"r-{number}", paid, (1, "1"))) for number, paid in ((1, 333), (2, 334), (3, 333))]

    assert [part.total for part in parts] == [333, 334, 333]
    assert sum(part.lines[0].tax[0].amount for part in parts) == 167


def test_what_is_left_goes_back_in_one(store: Store) -> None:
    store.when(refund("r-1", 650, (1, "1"), (2, "1")))

    event = store.event(refund("r-2", 1050))

    assert [(line.line, line.quantity) for line in event.lines] == [(1, "1"), (2, "2")]


def test_more_than_is_left_is_refused(store: Store) -> None:
    store.when(refund("r-1", 250, (1, "1")))

    with pytest.raises(r.RefundExceeds) as refusal:
        store.when(refund("r-2", 500, (1, "2")))

    assert refusal.value.at == "/lines/0/quantity"
    assert refusal.value.facts == {"line": 1, "refundable_quantity": "1"}


def test_nothing_is_left_after_everything(store: Store) -> None:
    store.when(refund("r-1", 1700))

    for command in (refund("r-2", None), refund("r-2", 250, (1, "1"))):
        with pytest.raises(r.RefundExceeds):
            store.when(command)


@pytest.mark.parametrize(
    ("lines", "refusal", "at"),
    [
        ([(3, "1")], r.UnknownLine, "/lines/0/line"),
        ([(0, "1")], r.UnknownLine, "/lines/0/line"),
        ([(1, "1"), (1, "1")], r.GivenTwice, "/lines/1/line"),
        ([(1, "1"), (2, "-1")], r.InvalidQuantity, "/lines/1/quantity"),
        ([(1, "0")], r.InvalidQuantity, "/lines/0/quantity"),
    ],
)
def test_a_refund_of_what_was_not_sold_is_refused(
    store: Store, lines: list[tuple[int, str]], refusal: type[r.Refusal], at: str
) -> None:
    with pytest.raises(refusal) as refused:
        store.when(refund("r-1", 1, *lines))

    assert refused.value.at == at


def test_a_refund_pays_back_exactly(store: Store) -> None:
    for paid, refusal in ((249, r.TendersDoNotCover), (251, r.TendersExceed), (None, r.TendersDoNotCover)):
        with pytest.raises(refusal):
            store.when(refund("r-1", paid, (1, "1")))


def test_a_discount_goes_back_with_its_line() -> None:
    discount = GivenDiscount(kind="amount", amount=100)
    lines = (RungUpLine(product_id="tea", quantity="3", discounts=(discount,)),)
    store = shop().given(sale("s-1", lines=lines))

    parts = [store.event(refund(f"r-{number}", paid, (1, "1"))) for number, paid in ((1, 217), (2, 216), (3, 217))]

    assert [part.lines[0].discounts[0].amount for part in parts] == [33, 34, 33]


def test_goods_that_are_broken_do_not_go_back_on_the_shelf(store: Store) -> None:
    store.when(replace(refund("r-1", 500, (1, "2")), restock=False))

    assert store.rows("SELECT on_hand_milli FROM stock WHERE product_id = 'tea'") == [(-2000,)]


def test_a_refund_belongs_to_its_own_day_and_the_sales_customer() -> None:
    store = shop().given(RegisterCustomer(customer_id="c-1", personal=None))
    store.given(replace(sale("s-1", tea="1"), customer_id="c-1"))

    event = store.later(days=30).event(refund("r-1", 250, (1, "1")))

    assert (event.business_date, event.customer_id) == ("2026-12-23", "c-1")


UNLINKED = RefundUnlinked(
    refund_id="r-1",
    register_id="till-1",
    currency="GBP",
    lines=(RungUpLine(product_id="tea", quantity="2"),),
    tenders=(GivenTender(type="card", amount=500),),
    reason="no receipt",
)


def test_goods_without_a_sale_go_back_at_the_price_in_force(store: Store) -> None:
    outcome = store.when(UNLINKED)

    assert outcome.events[0].stream_id == "refund-r-1"
    assert dict(outcome.ids) == {"refund_id": "r-1", "receipt_number": "till-1-1-2"}


def test_goods_without_a_sale_go_back_at_another_price_by_right_only(store: Store) -> None:
    dear = replace(UNLINKED, lines=(RungUpLine(product_id="tea", unit_price="9.99"),))

    with pytest.raises(r.OverrideNotAllowed):
        store.when(dear)


def test_what_is_no_longer_for_sale_can_still_come_back(store: Store) -> None:
    store.log.facts.clear()
    store.rows("UPDATE products SET active = 0 WHERE product_id = 'tea'")

    assert store.event(UNLINKED).total == 500


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"currency": "EUR"}, r.CurrencyMismatch),
        ({"lines": ()}, r.NothingGiven),
        ({"reason": ""}, r.InvalidText),
        ({"refund_id": "?"}, r.InvalidId),
        ({"register_id": "?"}, r.UnknownRegister),
        ({"customer_id": "?"}, r.UnknownCustomer),
    ],
)
def test_an_absurd_refund_is_refused(store: Store, changes: dict[str, Any], refusal: type[r.Refusal]) -> None:
    with pytest.raises(refusal):
        store.when(replace(UNLINKED, **changes))


def test_a_refund_is_booked_once(store: Store) -> None:
    store.when(UNLINKED)

    with pytest.raises(r.AlreadyExists):
        store.when(UNLINKED)


def test_sales_and_refunds_share_a_registers_references(store: Store) -> None:
    store.when(replace(UNLINKED, client_ref="A-1"))

    with pytest.raises(r.ClientRefUsed) as refusal:
        store.when(sale("s-2", tea="1", client_ref="A-1"))

    assert refusal.value.facts == {"kind": "refund", "id": "r-1"}
