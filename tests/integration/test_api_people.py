"""Customers and their orders: sealed, found, cached, and forgotten for good."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from appliance.schemas import customers as s
from appliance.schemas import orders as o
from appliance.schemas.common import Listing
from tests.support.api import Shop, fresh_key, serving, stocked
from tests.support.polling import settled

ADA = {"name": "Ada Example", "email": "ada@example.org", "phone": "030 1234", "country": "DE"}
ADDRESS = {"street": "Hauptstr. 1", "city": "Berlin", "state": "", "country": "DE", "postal_code": "10115"}


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop in which nobody works on orders: they stay as they were placed."""
    async with serving(tmp_path / "data", sagas={"enabled": False}) as shop:
        yield await stocked(shop)


async def registered(shop: Shop, body: dict[str, Any] | None = None) -> str:
    answer = await shop.post("/customers", body or ADA)
    assert answer.status_code == 201, answer.text
    return str(s.CustomerRegistered.model_validate(answer.json()).customer_id)


async def in_stock(shop: Shop, quantity: str = "10") -> None:
    body = {"reference": "note 1", "lines": [{"product_id": "tea", "quantity": quantity}]}
    assert (await shop.post("/stock/receipts", body)).status_code == 201


def order(customer_id: str, quantity: str = "2", **fields: Any) -> dict[str, Any]:
    items = [{"product_id": "tea", "quantity": quantity}]
    return {"customer_id": customer_id, "items": items, "shipping_address": ADDRESS, **fields}


async def test_a_customer_is_read_and_found_by_what_they_say(shop: Shop) -> None:
    customer_id = await registered(shop)

    read = s.Customer.model_validate((await shop.get(f"/customers/{customer_id}")).json())
    found = [(await shop.get(f"/customers?query={words}")).json()["items"] for words in ("ada", "exam", "030", "bob")]

    assert (read.name, read.email, read.erased) == (ADA["name"], ADA["email"], False)
    assert [[each["customer_id"] for each in items] for items in found] == [[customer_id]] * 3 + [[]]


async def test_personal_data_stands_in_the_log_only_sealed(shop: Shop) -> None:
    await registered(shop)

    record = (await shop.get(f"/events?after={shop.position - 1}")).text

    assert "Ada" not in record
    assert "ciphertext" in record


async def test_a_customer_is_changed_by_who_has_seen_them(shop: Shop) -> None:
    customer_id = await registered(shop)
    path = f"/customers/{customer_id}"
    seen = (await shop.get(path)).headers["etag"]

    blind = await shop.put(path, ADA | {"phone": "1"})
    changed = await shop.put(path, ADA | {"phone": "1"}, headers={"if-match": seen})
    stale = await shop.put(path, ADA | {"phone": "2"}, headers={"if-match": seen})

    assert [each.status_code for each in (blind, changed, stale)] == [428, 200, 412]
    assert (await shop.get(path)).json()["phone"] == "1"


async def test_an_erased_customer_is_known_by_the_id_alone(shop: Shop) -> None:
    customer_id = await registered(shop)

    erased = await shop.send("DELETE", f"/customers/{customer_id}")

    assert erased.json() == {"customer_id": customer_id, "erased": True}
    read = (await shop.get(f"/customers/{customer_id}")).json()
    assert (read["name"], read["email"], read["erased"]) == (None, None, True)
    assert (await shop.get("/customers?query=ada")).json()["items"] == []
    assert (await shop.send("DELETE", f"/customers/{customer_id}")).status_code == 200


async def test_an_erased_customers_words_leave_every_file(shop: Shop) -> None:
    customer_id = await registered(shop, ADA | {"name": "Zerubbabel"})
    await in_stock(shop)
    await shop.post("/orders", order(customer_id, shipping_address=ADDRESS | {"street": "Zanzibarweg"}))

    await shop.send("DELETE", f"/customers/{customer_id}")

    async def gone() -> bool:
        files = [path for path in shop.services.paths.data.iterdir() if path.is_file()]
        stored = b"".join(path.read_bytes() for path in files).lower()
        return b"zerubbabel" not in stored and b"zanzibarweg" not in stored

    await settled(gone)


async def test_no_key_comes_back_to_an_erased_customer(shop: Shop) -> None:
    customer_id = await registered(shop)
    await in_stock(shop)
    key = fresh_key()
    first = await shop.post("/orders", order(customer_id), key=key)
    await shop.send("DELETE", f"/customers/{customer_id}")

    repeated = await shop.post("/orders", order(customer_id), key=key)
    fresh = await shop.post("/orders", order(customer_id))
    changed = await shop.put(f"/customers/{customer_id}", ADA, headers={"if-match": '"v2"'})

    assert (repeated.status_code, repeated.content) == (201, first.content)
    assert (fresh.status_code, changed.status_code) == (409, 409)
    assert shop.services.vault.destroy([customer_id]) == 0


async def test_a_repeated_registration_leaves_no_key_behind(shop: Shop) -> None:
    key = fresh_key()

    first = await shop.post("/customers", ADA, key=key)
    again = await shop.post("/customers", ADA, key=key)

    assert again.content == first.content
    assert len((await shop.get("/customers")).json()["items"]) == 1


async def test_an_order_shows_what_the_contract_promises(shop: Shop) -> None:
    customer_id = await registered(shop)
    await in_stock(shop)

    placed = await shop.post("/orders", order(customer_id, currency="EUR"))

    assert o.OrderPlaced.model_validate(placed.json()).status == "created"
    read = o.Order.model_validate((await shop.get(f"/orders/{placed.json()['order_id']}")).json())
    assert (read.customer.name, read.total_amount, read.items[0].amount) == (ADA["name"], 500, 500)
    assert read.shipping_address == o.ShippingAddress(**ADDRESS)
    assert (read.payment, read.shipment, read.status) == (None, None, "created")


async def test_an_order_of_more_than_there_is_is_refused_with_what_there_is(shop: Shop) -> None:
    customer_id = await registered(shop)
    await in_stock(shop, "1")

    answer = await shop.post("/orders", order(customer_id, "2"))

    assert (answer.status_code, answer.json()["type"]) == (409, "/docs/problems#insufficient-stock")
    short = {"product_id": "tea", "requested_quantity": "2", "available_quantity": "1"}
    assert answer.json()["unavailable_items"] == [short]


async def test_a_delivery_needs_an_address_and_a_pickup_does_not(shop: Shop) -> None:
    customer_id = await registered(shop)
    await in_stock(shop)

    delivery = await shop.post("/orders", order(customer_id, shipping_address=None))
    pickup = await shop.post("/orders", order(customer_id, shipping_address=None, kind="pickup"))

    assert (delivery.status_code, delivery.json()["type"]) == (422, "/docs/problems#address-missing")
    assert pickup.status_code == 201


async def test_an_order_for_nobody_is_refused(shop: Shop) -> None:
    answer = await shop.post("/orders", order("nobody"))

    assert (answer.status_code, answer.json()["type"]) == (422, "/docs/problems#unknown-customer")
    assert shop.services.vault.destroy(["nobody"]) == 0


async def test_orders_are_listed_and_found_page_by_page(shop: Shop) -> None:
    customer_id = await registered(shop)
    await in_stock(shop)
    placed = [(await shop.post("/orders", order(customer_id, "1"))).json()["order_id"] for _ in range(3)]
    await shop.post(f"/orders/{placed[0]}/cancel", {})

    of_customer = (await shop.get(f"/orders/customer/{customer_id}?page=2&page_size=2")).json()
    found = (await shop.get("/orders/search?query=ada")).json()
    created = (await shop.get("/orders?status=created")).json()

    page = o.OrdersOfCustomer.model_validate(of_customer)
    assert ([each.order_id for each in page.orders], page.total_count, page.total_pages) == ([placed[0]], 3, 2)
    assert o.OrdersFound.model_validate(found).total_count == 3
    assert [each.order_id for each in Listing[o.OrderSummary].model_validate(created).items] == [placed[2], placed[1]]


async def test_an_order_is_served_from_memory_until_it_changes(shop: Shop) -> None:
    customer_id = await registered(shop)
    await in_stock(shop)
    path = f"/orders/{(await shop.post('/orders', order(customer_id))).json()['order_id']}"

    first, second = await shop.get(path), await shop.get(path)
    cancelled = await shop.post(f"{path}/cancel", {"reason": "changed their mind"})
    third = await shop.get(path)
    await shop.send("DELETE", f"/customers/{customer_id}")
    fourth = await shop.get(path)

    cache = shop.services.orders_cache
    assert second.content == first.content
    assert (cache.hits, cache.misses) == (1, 3)
    assert (cancelled.json()["status"], third.json()["status"]) == ("cancelling", "cancelled")
    assert (fourth.json()["customer"]["name"], fourth.json()["shipping_address"]) == (None, None)


async def test_a_cancelled_order_is_not_cancelled_again(shop: Shop) -> None:
    customer_id = await registered(shop)
    await in_stock(shop)
    path = f"/orders/{(await shop.post('/orders', order(customer_id))).json()['order_id']}"
    await shop.post(f"{path}/cancel")

    answer = await shop.post(f"{path}/cancel", {})

    assert (answer.status_code, answer.json()["present_status"]) == (409, "cancelled")
