"""What staff do for orders, and what its outcomes mean, decided in memory."""

from dataclasses import replace
from typing import Any

import pytest

from appliance.application.commands import (
    CreateOrder,
    GivenTender,
    OrderedItem,
    ReceivedLine,
    ReceiveStock,
    RefundedLine,
    RefundSale,
    RegisterCustomer,
)
from appliance.application.commands_fulfilment import (
    HandOverOrder,
    PickedLine,
    PickOrder,
    ReservedLine,
    ReserveStock,
)
from appliance.application.handlers import fulfilment as fulfil
from appliance.domain import events as e
from appliance.domain import events_fulfilment as f
from appliance.domain.order import Order
from appliance.domain.order_sale import sale_of
from tests.support.fake_uow import POLICY, FakeUnitOfWork, Store, product, shop
from tests.support.folding import sealed

GOODS = ReceiveStock(
    receipt_id="g-1",
    lines=(ReceivedLine(product_id="tea", quantity="10"), ReceivedLine(product_id="mug", quantity="10")),
)
CUSTOMER = RegisterCustomer(customer_id="c-1", personal=sealed("c-1", name="Ada"), country="GB")
PICKUP = CreateOrder(
    order_id="o-1", customer_id="c-1", kind="pickup", items=(OrderedItem(product_id="tea", quantity="3"),)
)


def happened(store: Store, *events: e.Event) -> Store:
    """Record on the order's stream what a saga would."""
    unit = FakeUnitOfWork(store.log)
    for event in events:
        fulfil.append(unit, "o-1", event, store.context)
    unit.commit()
    return store


def held(store: Store, product_id: str = "tea", quantity: str = "3") -> Store:
    line = ReservedLine(product_id=product_id, quantity=quantity)
    store.given(ReserveStock(reservation_id="v-1", order_id="o-1", lines=(line,), expires_in_s=600))
    return happened(store, f.OrderReserved(order_id="o-1", reservation_id="v-1"))


def paid(amount: int) -> f.OrderPaid:
    return f.OrderPaid(order_id="o-1", transaction_id="t-1", amount=amount, currency="GBP", processed_at="2026")


READY = f.OrderReadyForCollection(order_id="o-1", shipment_id="h-1", carrier="pickup-shelf", place="7K2P")


@pytest.fixture
def store() -> Store:
    return held(shop().given(GOODS, CUSTOMER, PICKUP))


def picked(store: Store, **line: Any) -> f.OrderPicked:
    recorded = store.when(PickOrder(order_id="o-1", lines=(PickedLine(line=1, **line),))).events
    event = recorded[-1].event
    assert isinstance(event, f.OrderPicked)
    return event


def test_a_substitute_costs_no_more_than_what_it_stands_in_for(store: Store) -> None:
    event = picked(store, picked="1", substitute_id="mug", substitute_quantity="2")

    assert [(each.product_id, each.unit_price, each.amount) for each in event.items] == [
        ("tea", "2.50", 250), ("mug", "2.50", 500)
    ]  # fmt: skip
    assert event.total == 750


def test_a_cheaper_substitute_costs_its_own_price(store: Store) -> None:
    store.given(
        product("bag", "0.80"), ReceiveStock(receipt_id="g", lines=(ReceivedLine(product_id="bag", quantity="5"),))
    )

    event = picked(store, picked="0", substitute_id="bag")

    assert [(each.quantity, each.unit_price, each.amount) for each in event.items] == [("3", "0.80", 240)]
    assert event.short == (f.ShortItem(line=1, product_id="tea", quantity="3"),)


def test_a_substitute_that_is_taxed_more_costs_what_was_promised_and_no_more() -> None:
    store = shop().given(GOODS, CUSTOMER, product("taxed", "2.50", tax_code="sales"), PICKUP)
    store.given(ReceiveStock(receipt_id="g", lines=(ReceivedLine(product_id="taxed", quantity="5"),)))
    held(store)

    event = picked(store, picked="2", substitute_id="taxed")

    assert (event.items[1].amount, event.total) == (250, 750)


def test_the_sale_adds_up_whatever_was_held_down() -> None:
    store = shop().given(GOODS, CUSTOMER, product("taxed", "2.50", tax_code="sales"), PICKUP)
    store.given(ReceiveStock(receipt_id="g", lines=(ReceivedLine(product_id="taxed", quantity="5"),)))
    held(store)
    picked(store, picked="2", substitute_id="taxed")
    happened(store, paid(750), READY)

    [sale] = [each.event for each in store.when(HandOverOrder(order_id="o-1")).events if hasattr(each.event, "sale_id")]

    assert isinstance(sale, e.SaleCompleted)
    assert sale.total == sum(line.amount for line in sale.lines) == sum(tender.amount for tender in sale.tenders)
    for line in sale.lines:
        assert line.amount == sum(part.base + part.amount for part in line.tax)
    held_down = sale.lines[1]
    assert 250 - held_down.discounts[0].amount == held_down.tax[0].base


def test_a_handed_over_order_is_refunded_at_any_till_like_a_sale(store: Store) -> None:
    picked(store, picked="3")
    happened(store, paid(750), READY)
    store.when(HandOverOrder(order_id="o-1"))

    store.when(
        RefundSale(
            sale_id="o-1",
            refund_id="f-1",
            register_id="till-1",
            lines=(RefundedLine(line=1, quantity="1"),),
            tenders=(GivenTender(type="cash", amount=250),),
            reason="broken",
        )
    )

    assert store.rows("SELECT on_hand_milli, reserved_milli FROM stock WHERE product_id = 'tea'") == [(8000, 0)]


def test_undoing_a_booked_order_takes_it_out_of_the_books_and_puts_the_goods_back(store: Store) -> None:
    unit = FakeUnitOfWork(store.log)
    fulfil.append(unit, "o-1", paid(750), store.context)
    event = f.OrderShipped(order_id="o-1", shipment_id="h", carrier="c", tracking_number="n")
    fulfil.ship(unit, event, store.context, POLICY)
    unit.commit()

    unit = FakeUnitOfWork(store.log)
    back = f.OrderRefunded(order_id="o-1", transaction_id="t-1", refund_id="b", amount=750)
    fulfil.refund(unit, back, "lost on the way", store.context, POLICY)
    unit.commit()

    totals = dict(
        store.rows("SELECT section || key, amount FROM day_totals WHERE section IN ('sales','refunds','tender')")
    )
    assert totals == {"sales": 750, "refunds": 750, "tendercard": 0}
    assert store.rows("SELECT on_hand_milli, reserved_milli FROM stock WHERE product_id = 'tea'") == [(10_000, 0)]
    assert store.rows("SELECT receipt_number FROM documents ORDER BY position") == [("orders-1-1",), ("orders-1-2",)]


def test_a_cancellation_stays_one_whatever_came_in_between(store: Store) -> None:
    happened(store, f.OrderTurnedBack(order_id="o-1", outcome="cancelled", reason="asked"), paid(750))
    unit = FakeUnitOfWork(store.log)

    fulfil.turn_back(unit, "o-1", "failed", "asked", store.context)
    fulfil.end(unit, "o-1", "asked", store.context)
    unit.commit()

    assert store.rows("SELECT status, reason FROM orders") == [("cancelled", "asked")]


def test_the_receipts_of_orders_begin_with_a_register_of_their_own(store: Store) -> None:
    picked(store, picked="3")
    happened(store, paid(750), READY)

    store.when(HandOverOrder(order_id="o-1", operator="ann"))

    assert store.rows("SELECT register_id FROM registers") == [("orders",), ("till-1",)]


def test_an_order_as_it_was_before_it_knew_its_tax_is_booked_without() -> None:
    old = e.OrderItem(product_id="tea", name="Tea", quantity="1", unit_price="2.50", amount=250)
    order = Order(order_id="o-1", customer_id="c-1", currency="GBP", items=(old,), total=250)

    lines = sale_of(order, _stamp(), POLICY).lines

    assert (lines[0].tax, lines[0].amount, lines[0].discounts) == ((), 250, ())


def _stamp() -> Any:
    unit = FakeUnitOfWork(shop().log)
    return replace(fulfil._stamp(unit, shop().context, POLICY, None))
