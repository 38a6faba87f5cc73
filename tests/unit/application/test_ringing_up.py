"""Given a shop, when a till rings up a sale, then it is booked whole or refused with a reason."""

from dataclasses import replace
from typing import Any

import pytest

from appliance.application.commands import (
    CountStock,
    GivenDiscount,
    GivenTender,
    RegisterCustomer,
    RingUpSale,
    RungUpLine,
)
from appliance.domain import refusals as r
from appliance.domain.currency import Currency
from tests.support.fake_uow import POLICY, Store, product, shop
from tests.support.rung_up import CASH, counted, sale


@pytest.fixture
def store() -> Store:
    return shop()


def test_a_sale_is_booked_as_one_event(store: Store) -> None:
    event = store.event(sale("s-1", tea="2", mug="1", paid=1000, client_ref="A-17"))

    assert (event.total, event.tenders[0].change) == (900, 100)
    assert (event.receipt_number, event.client_ref) == ("till-1-1-1", "A-17")
    assert (event.business_date, event.local_time) == ("2026-11-23", "2026-11-23T12:00:00+00:00")
    assert [(line.line, line.product_id, line.amount) for line in event.lines] == [(1, "tea", 500), (2, "mug", 400)]


def test_receipt_numbers_have_no_gaps_whatever_is_refused(store: Store) -> None:
    store.when(sale("s-1", tea="1"))
    with pytest.raises(r.TendersDoNotCover):
        store.when(sale("s-2", tea="1", paid=1))

    assert store.event(sale("s-3", tea="1")).receipt_number == "till-1-1-2"


def test_a_new_incarnation_numbers_from_one(store: Store) -> None:
    store.when(sale("s-1", tea="1"))
    store.log.incarnation = 2

    assert store.event(sale("s-2", tea="1")).receipt_number == "till-1-2-1"


def test_a_sale_needs_no_book_stock(store: Store) -> None:
    store.when(sale("s-1", tea="80995", paid=CASH * 100))

    assert store.rows("SELECT on_hand_milli FROM stock WHERE product_id = 'tea'") == [(-80_995_000,)]


def test_the_same_product_may_stand_on_several_lines(store: Store) -> None:
    lines = tuple(RungUpLine(product_id="tea", quantity=quantity) for quantity in ("1", "2", "1"))

    event = store.event(sale("s-1", lines=lines))

    assert [line.amount for line in event.lines] == [250, 500, 250]


def test_services_and_things_without_a_price_take_any(store: Store) -> None:
    lines = tuple(RungUpLine(product_id="wrapping", unit_price=price) for price in ("0", "0.001", "999999.99"))

    event = store.event(sale("s-1", lines=lines, paid=CASH * 100))

    assert [(line.amount, line.list_price, line.stocked) for line in event.lines] == [
        (0, None, False), (0, None, False), (99_999_999, None, False)
    ]  # fmt: skip


def test_a_free_sale_needs_no_tender(store: Store) -> None:
    event = store.event(sale("s-1", lines=(RungUpLine(product_id="wrapping", unit_price="0"),), paid=None))

    assert (event.total, event.tenders) == (0, ())


def test_a_cashier_sells_at_the_price_in_force_only(store: Store) -> None:
    lines = (RungUpLine(product_id="tea"), RungUpLine(product_id="tea", unit_price="0.01"))

    with pytest.raises(r.OverrideNotAllowed) as refusal:
        store.when(sale("s-1", lines=lines))

    assert refusal.value.at == "/lines/1/unit_price"


@pytest.mark.parametrize("role", ["supervisor", "manager", "hq", "support"])
def test_some_roles_may_change_a_price(store: Store, role: str) -> None:
    command = replace(
        sale("s-1", lines=(RungUpLine(product_id="tea", unit_price="2.00"),)), price_override_reason="dent"
    )

    event = store.event(command, role=role)

    assert (event.total, event.lines[0].list_price, event.price_override_reason) == (200, "2.50", "dent")


def test_a_changed_price_may_be_approved(store: Store) -> None:
    command = replace(sale("s-1", lines=(RungUpLine(product_id="tea", unit_price="2.00"),)), approved_by="anna")

    assert store.event(command).approved_by == "anna"


def test_a_reference_is_used_once_a_register(store: Store) -> None:
    store.when(sale("s-1", tea="1", client_ref="A-1"))

    with pytest.raises(r.ClientRefUsed) as refusal:
        store.when(sale("s-2", tea="1", client_ref="A-1"))

    assert refusal.value.facts == {"kind": "sale", "id": "s-1"}


def test_the_operator_is_the_one_named_or_the_one_logged_in(store: Store) -> None:
    assert store.event(sale("s-1", tea="1"), operator="ben").operator == "ben"
    assert store.event(replace(sale("s-2", tea="1"), operator="zoe"), operator="ben").operator == "zoe"


def test_a_known_customer_may_be_named(store: Store) -> None:
    store.given(RegisterCustomer(customer_id="c-1", personal=None, country="FR"))

    assert store.event(replace(sale("s-1", tea="1"), customer_id="c-1")).customer_id == "c-1"


@pytest.mark.parametrize(
    ("changes", "refusal", "at"),
    [
        ({"currency": "EUR"}, r.CurrencyMismatch, "/currency"),
        ({"register_id": "till-9"}, r.UnknownRegister, "/register_id"),
        ({"customer_id": "nobody"}, r.UnknownCustomer, "/customer_id"),
        ({"sale_id": "no spaces"}, r.InvalidId, "/sale_id"),
        ({"sale_id": ""}, r.InvalidId, "/sale_id"),
        ({"client_ref": "a\0b"}, r.InvalidText, "/client_ref"),
        ({"client_ref": "x" * 129}, r.InvalidText, "/client_ref"),
        ({"operator": "line\nbreak"}, r.InvalidText, "/operator"),
        ({"price_override_reason": "x" * 501}, r.InvalidText, "/price_override_reason"),
        ({"lines": ()}, r.NothingGiven, "/lines"),
        ({"lines": (RungUpLine(product_id="tea"),) * 2001}, r.TooMany, "/lines"),
        ({"tenders": ()}, r.TendersDoNotCover, "/tenders"),
        ({"lines": (RungUpLine(product_id="nothing"),)}, r.UnknownProduct, "/lines/0/product_id"),
        ({"lines": (RungUpLine(barcode="nothing"),)}, r.UnknownProduct, "/lines/0/barcode"),
        ({"lines": (RungUpLine(),)}, r.NothingGiven, "/lines/0/product_id"),
        ({"lines": (RungUpLine(product_id="tea", barcode="1"),)}, r.InvalidBarcode, "/lines/0/barcode"),
        ({"lines": (RungUpLine(product_id="tea", quantity="0"),)}, r.InvalidQuantity, "/lines/0/quantity"),
        ({"lines": (RungUpLine(product_id="tea", quantity="-1"),)}, r.InvalidQuantity, "/lines/0/quantity"),
        ({"lines": (RungUpLine(product_id="tea", quantity="9" * 50),)}, r.InvalidQuantity, "/lines/0/quantity"),
        ({"lines": (RungUpLine(product_id="wrapping"),)}, r.PriceMissing, "/lines/0/unit_price"),
        ({"lines": (RungUpLine(product_id="wrapping", unit_price="1" * 50),)}, r.InvalidPrice, "/lines/0/unit_price"),
        (
            {"lines": (RungUpLine(product_id="tea", discounts=(GivenDiscount(kind="amount", amount=251),)),)},
            r.DiscountTooLarge,
            "/lines/0/discounts/0",
        ),
        (
            {"lines": (RungUpLine(product_id="wrapping", unit_price="1000000", quantity="1000000"),)},
            r.InvalidAmount,
            "/lines",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_stands(
    store: Store, changes: dict[str, Any], refusal: type[r.Refusal], at: str
) -> None:
    command = RingUpSale(
        **{"sale_id": "s-1", "register_id": "till-1", "currency": "GBP"}
        | {"lines": (RungUpLine(product_id="tea"),), "tenders": (GivenTender(type="cash", amount=250),)}
        | changes
    )

    with pytest.raises(refusal) as refused:
        store.when(command)

    assert (refused.value.at, refused.value.status) == (at, 422)
    assert store.rows("SELECT count(*) FROM documents") == [(0,)]


def test_an_id_is_sold_under_once(store: Store) -> None:
    store.when(sale("s-1", tea="1"))

    with pytest.raises(r.AlreadyExists) as refusal:
        store.when(sale("s-1", tea="1"))

    assert refusal.value.status == 409


def test_what_is_no_longer_for_sale_is_refused(store: Store) -> None:
    store.given(product("tea", "2.50", active=False))

    with pytest.raises(r.ProductInactive):
        store.when(sale("s-1", tea="1"))


def test_a_store_in_yen_has_no_hundredths() -> None:
    store = shop(replace(POLICY, currency=Currency.of("JPY")))
    lines = (RungUpLine(product_id="wrapping", unit_price="150"), RungUpLine(product_id="tea"))

    event = store.event(replace(sale("s-1", lines=lines), currency="JPY"))

    assert [(line.unit_price, line.amount) for line in event.lines] == [("150", 150), ("2.5", 2)]


def test_the_way_of_a_sale_folds_nothing(store: Store) -> None:
    store.when(sale("s-0", tea="1"))
    folded = store.log.folded

    for number in range(1, 6):
        store.when(sale(f"s-{number}", tea="1", mug="2", client_ref=f"A-{number}"))

    assert store.log.folded == folded


def test_a_count_between_two_sales_sees_the_first(store: Store) -> None:
    store.when(sale("s-1", tea="3"))

    from_book = store.event(CountStock(count_id="c-1", lines=(counted("tea", "10"),))).book

    assert from_book == "-3"
