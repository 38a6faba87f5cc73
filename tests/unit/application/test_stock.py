"""Given goods, when they come in, are counted or change by hand, then the book follows."""

import pytest

from appliance.application.commands import (
    AdjustedLine,
    AdjustStock,
    Command,
    CountedLine,
    CountStock,
    ReceivedLine,
    ReceiveStock,
)
from appliance.domain import refusals as r
from tests.support.fake_uow import Store, shop
from tests.support.rung_up import counted, sale


def receive(*lines: tuple[str, str]) -> ReceiveStock:
    rows = tuple(ReceivedLine(product_id=product_id, quantity=quantity) for product_id, quantity in lines)
    return ReceiveStock(receipt_id="g-1", lines=rows, reference="note 5")


def count(*lines: CountedLine) -> CountStock:
    return CountStock(count_id="c-1", lines=lines, reason="inventory")


def adjust(product_id: str, quantity: str, reason: str = "broken") -> AdjustStock:
    return AdjustStock(
        adjustment_id="a-1", lines=(AdjustedLine(product_id=product_id, quantity=quantity, reason=reason),)
    )


def on_hand(store: Store, product_id: str) -> int:
    return int(store.rows("SELECT on_hand_milli FROM stock WHERE product_id = ?", product_id)[0][0])


def test_goods_received_are_one_event_a_line() -> None:
    store = shop()

    outcome = store.when(receive(("tea", "10"), ("mug", "5"), ("tea", "2.5")))

    assert [each.stream_id for each in outcome.events] == ["stock-tea", "stock-mug", "stock-tea"]
    assert [each.version for each in outcome.events] == [1, 1, 2]
    assert (on_hand(store, "tea"), on_hand(store, "mug")) == (12_500, 5_000)


def test_a_count_books_the_difference() -> None:
    store = shop().given(receive(("tea", "10")), sale("s-1", tea="3"))

    event = store.event(count(counted("tea", "6")))

    assert (event.book, event.counted, event.variance) == ("7", "6", "-1")
    assert on_hand(store, "tea") == 6_000


def test_a_shelf_may_be_counted_empty() -> None:
    store = shop().given(receive(("tea", "1")))

    assert store.event(count(counted("tea", "0"))).variance == "-1"


def test_the_book_changes_by_hand_in_both_directions() -> None:
    store = shop().given(adjust("tea", "-2.5"), adjust("tea", "1"))

    assert on_hand(store, "tea") == -1_500


@pytest.mark.parametrize(
    ("command", "refusal", "at"),
    [
        (receive(), r.NothingGiven, "/lines"),
        (receive(("tea", "1"), ("pot", "1")), r.UnknownProduct, "/lines/1/product_id"),
        (receive(("wrapping", "1")), r.NotStocked, "/lines/0/product_id"),
        (receive(("tea", "-1")), r.InvalidQuantity, "/lines/0/quantity"),
        (receive(("tea", "0")), r.InvalidQuantity, "/lines/0/quantity"),
        (count(counted("tea", "-1")), r.InvalidQuantity, "/lines/0/counted"),
        (count(counted("tea", "1"), counted("tea", "2")), r.GivenTwice, "/lines/1/product_id"),
        (count(counted("tea", "many")), r.InvalidQuantity, "/lines/0/counted"),
        (adjust("tea", "0"), r.InvalidQuantity, "/lines/0/quantity"),
        (adjust("tea", "1", reason=""), r.InvalidText, "/lines/0/reason"),
        (adjust("tea", "1000001"), r.InvalidQuantity, "/lines/0/quantity"),
    ],
)
def test_what_cannot_be_booked_is_refused_where_it_stands(command: Command, refusal: type[r.Refusal], at: str) -> None:
    with pytest.raises(refusal) as refused:
        shop().when(command)

    assert refused.value.at == at
