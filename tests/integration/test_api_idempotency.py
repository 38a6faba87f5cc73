"""A write that is repeated is booked once and answered the same."""

import asyncio

from tests.support.api import Shop, fresh_key, sale


async def test_a_repeated_sale_is_answered_again_byte_for_byte(shop: Shop) -> None:
    key = fresh_key()

    first = await shop.post("/sales", sale(), key=key)
    position = shop.position
    again = await shop.post("/sales", sale(), key=key)

    assert (again.status_code, again.content) == (201, first.content)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["etag"] == first.headers["etag"]
    assert shop.position == position


async def test_a_key_with_another_body_is_refused(shop: Shop) -> None:
    key = fresh_key()
    await shop.post("/sales", sale(), key=key)

    answer = await shop.post("/sales", sale(paid=5_000), key=key)

    assert (answer.status_code, answer.json()["type"]) == (422, "/docs/problems#idempotency-key-reused")


async def test_a_key_at_another_address_is_refused(shop: Shop) -> None:
    key = fresh_key()
    body = {"amount": 100, "reason": "change"}
    await shop.post("/registers/till-1/drawer/open", {"opening_float": 100})
    await shop.post("/registers/till-1/drawer/paid-in", body, key=key)

    answer = await shop.post("/registers/till-1/drawer/paid-out", body, key=key)

    assert (answer.status_code, answer.json()["type"]) == (422, "/docs/problems#idempotency-key-reused")


async def test_a_key_belongs_to_its_register(shop: Shop) -> None:
    key = fresh_key()

    first = await shop.post("/sales", sale(), key=key)
    other = await shop.post("/sales", sale(register_id="till-2"), key=key)

    assert first.json()["sale_id"] != other.json()["sale_id"]


async def test_a_register_keeps_its_keys_when_it_gets_another_device(shop: Shop) -> None:
    key = fresh_key()

    first = await shop.post("/sales", sale(), key=key, role="cashier")
    again = await shop.post("/sales", sale(), key=key, role="supervisor")

    assert again.content == first.content


async def test_requests_that_race_with_one_key_are_booked_once(shop: Shop) -> None:
    key = fresh_key()
    before = shop.position

    answers = await asyncio.gather(*[shop.post("/sales", sale(), key=key) for _ in range(8)])

    assert {answer.content for answer in answers} == {answers[0].content}
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert shop.position == before + 1


async def test_a_refusal_leaves_its_key_free(shop: Shop) -> None:
    key = fresh_key()
    refused = await shop.post("/sales", sale(paid=1), key=key)

    answer = await shop.post("/sales", sale(), key=key)

    assert (refused.status_code, answer.status_code) == (422, 201)


async def test_a_repeated_write_that_changed_nothing_is_answered_again(shop: Shop) -> None:
    key = fresh_key()

    first = await shop.put("/registers/till-1", {"name": "till-1"}, key=key)
    again = await shop.put("/registers/till-1", {"name": "till-1"}, key=key)

    assert (first.status_code, again.content) == (200, first.content)
    assert again.headers["idempotent-replayed"] == "true"


async def test_what_became_of_a_write_is_found_by_its_key(shop: Shop) -> None:
    key = fresh_key()
    booked = (await shop.post("/sales", sale(), key=key)).json()

    found = (await shop.get(f"/idempotency/{key}?register_id=till-1")).json()
    elsewhere = await shop.get(f"/idempotency/{key}")

    assert found["ids"] == {"sale_id": booked["sale_id"], "receipt_number": booked["receipt_number"]}
    assert (found["status"], found["first_position"]) == (201, booked["position"])
    assert elsewhere.status_code == 404


async def test_a_device_finds_its_own_writes_without_a_register(shop: Shop) -> None:
    key = fresh_key()
    await shop.put("/products/milk", {"name": "Milk", "tax_code": "reduced"}, key=key)

    assert (await shop.get(f"/idempotency/{key}")).json()["ids"] == {"product_id": "milk"}
    assert (await shop.get(f"/idempotency/{key}", role="support")).status_code == 404
