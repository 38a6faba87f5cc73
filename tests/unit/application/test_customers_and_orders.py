"""Given customers, when they order, then only what is there is promised; when they ask for it, they are forgotten."""

from dataclasses import replace
from typing import Any

import pytest

from appliance.application.commands import (
    CancelOrder,
    CreateOrder,
    EraseCustomer,
    OrderedItem,
    ReceivedLine,
    ReceiveStock,
    RegisterCustomer,
)
from appliance.domain import refusals as r
from appliance.domain.events import Sealed
from tests.support.fake_uow import Store, shop
from tests.support.folding import sealed

ADDRESS = sealed("c-1", street="1 High Street", city="York", state="", country="GB", postal_code="YO1")
RECEIVED = ReceiveStock(receipt_id="g-1", lines=(ReceivedLine(product_id="tea", quantity="10"),))
CUSTOMER = RegisterCustomer(customer_id="c-1", personal=sealed("c-1", name="Ada"), country="GB")
ORDER = CreateOrder(
    order_id="o-1",
    customer_id="c-1",
    items=(
        OrderedItem(product_id="tea", quantity="4"),
        OrderedItem(product_id="wrapping", quantity="1", unit_price="2"),
    ),
    address=ADDRESS,
)


@pytest.fixture
def store() -> Store:
    return shop().given(RECEIVED, CUSTOMER)


def test_an_order_promises_what_is_there(store: Store) -> None:
    event = store.event(ORDER)

    assert [(item.product_id, item.unit_price, item.amount) for item in event.items] == [
        ("tea", "2.50", 1000), ("wrapping", "2.00", 200)
    ]  # fmt: skip
    assert (event.total, event.currency, event.business_date, event.address) == (1200, "GBP", "2026-11-23", ADDRESS)


def test_what_is_not_there_is_named_with_how_much_there_is(store: Store) -> None:
    items = (
        OrderedItem(product_id="tea", quantity="6"),
        OrderedItem(product_id="mug", quantity="1"),
        OrderedItem(product_id="tea", quantity="4.5"),
    )

    with pytest.raises(r.InsufficientStock) as refusal:
        store.when(replace(ORDER, items=items))

    assert refusal.value.facts["unavailable_items"] == [
        {"product_id": "tea", "requested_quantity": "10.5", "available_quantity": "10"},
        {"product_id": "mug", "requested_quantity": "1", "available_quantity": "0"},
    ]
    assert refusal.value.status == 409


@pytest.mark.parametrize(
    ("changes", "refusal", "at"),
    [
        ({"order_id": "o 1"}, r.InvalidId, "/order_id"),
        ({"kind": "drone"}, r.InvalidChoice, "/kind"),
        ({"address": None}, r.AddressMissing, "/shipping_address"),
        ({"currency": "EUR"}, r.CurrencyMismatch, "/currency"),
        ({"customer_id": "c-9"}, r.UnknownCustomer, "/customer_id"),
        ({"items": ()}, r.NothingGiven, "/items"),
        ({"items": (OrderedItem(product_id="pot", quantity="1"),)}, r.UnknownProduct, "/items/0/product_id"),
        ({"items": (OrderedItem(product_id="tea", quantity="-1"),)}, r.InvalidQuantity, "/items/0/quantity"),
        (
            {"items": (OrderedItem(product_id="tea", quantity="1", unit_price="0.01"),)},
            r.OverrideNotAllowed,
            "/items/0/unit_price",
        ),
    ],
)
def test_an_order_that_cannot_be_is_refused_where_it_stands(
    store: Store, changes: dict[str, Any], refusal: type[r.Refusal], at: str
) -> None:
    with pytest.raises(refusal) as refused:
        store.when(replace(ORDER, **changes))

    assert refused.value.at == at


def test_a_pickup_needs_no_address(store: Store) -> None:
    assert store.event(replace(ORDER, kind="pickup", address=None)).kind == "pickup"


def test_an_order_is_created_once(store: Store) -> None:
    store.when(ORDER)

    with pytest.raises(r.AlreadyExists):
        store.when(ORDER)


def test_an_order_is_cancelled_once(store: Store) -> None:
    store.given(ORDER).when(CancelOrder(order_id="o-1", reason="changed my mind"))

    with pytest.raises(r.OrderNotOpen) as refusal:
        store.when(CancelOrder(order_id="o-1"))

    assert refusal.value.facts["status"] == "cancelled"
    with pytest.raises(r.OrderNotFound):
        store.when(CancelOrder(order_id="o-9"))


def test_a_customer_is_registered_and_changed(store: Store) -> None:
    other = Sealed(subject="c-1", key_id="k", nonce="n", ciphertext="{}")

    changed = store.when(replace(CUSTOMER, personal=other))
    new = store.when(replace(CUSTOMER, customer_id="c-2"))

    assert (changed.status, new.status) == (200, 201)


def test_erasing_twice_is_erasing_once(store: Store) -> None:
    erase = EraseCustomer(customer_id="c-1", reason="asked for it")

    assert [len(store.when(erase).events) for _ in range(3)] == [1, 0, 0]


def test_nobody_unknown_is_erased(store: Store) -> None:
    with pytest.raises(r.CustomerNotFound):
        store.when(EraseCustomer(customer_id="c-9"))


def test_an_erased_customer_stays_forgotten(store: Store) -> None:
    store.given(EraseCustomer(customer_id="c-1"))

    for command in (CUSTOMER, ORDER):
        with pytest.raises(r.CustomerErasedAlready):
            store.when(command)


@pytest.mark.parametrize("changes", [{"customer_id": "c 1"}, {"country": "x" * 65}])
def test_an_absurd_customer_is_refused(store: Store, changes: dict[str, Any]) -> None:
    with pytest.raises(r.Invalid):
        store.when(replace(CUSTOMER, **changes))
