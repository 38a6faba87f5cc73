"""Pickups: picked with what is there, paid for what was picked, and handed over or given back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.api import Shop, fresh_key, sale, serving, stocked
from tests.support.fulfilling import books, events, level, order, prepared, until

BRIEF = 0.8 / 86_400  # days: less than a second
SHORT = {"lines": [{"line": 1, "picked": "1", "substitute": {"product_id": "jam", "quantity": "2"}}], "operator": "ann"}


@pytest.fixture
async def hasty(tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop in which nobody has time."""
    async with serving(tmp_path / "data", orders={"pick_days": BRIEF, "collect_days": BRIEF}) as shop:
        yield await stocked(shop)


async def test_a_pickup_is_picked_paid_offered_handed_over_and_confirmed(shop: Shop) -> None:
    placed = await order(shop, await prepared(shop), ("tea", "2"), kind="pickup")
    await until(shop, placed, "awaiting_pick")
    assert await level(shop, "tea") == ("10", "2")

    picked = await shop.post(f"/orders/{placed}/pick", {})
    ready = await until(shop, placed, "ready_for_collection")
    handed = await shop.post(f"/orders/{placed}/handover", {"operator": "ann"})
    read = await until(shop, placed, "confirmed")

    assert (picked.status_code, picked.json()["status"]) == (200, "picked")
    assert (handed.status_code, handed.json()["status"]) == (200, "handed_over")
    assert ready["shipment"]["tracking_number"] == placed[-5:].upper()
    assert read["shipment"]["status"] == "handed_over"
    assert events(shop, placed) == [
        "created", "reserved", "picked", "paid", "ready_for_collection", "handed_over", "confirmed"
    ]  # fmt: skip
    assert await level(shop, "tea") == ("8", "0")
    assert await books(shop) == {"sales": 500, "refunds": 0, "card": 500}


async def test_a_pick_with_a_short_and_a_substitute_costs_less_and_moves_what_was_picked(shop: Shop) -> None:
    placed = await order(shop, await prepared(shop), ("tea", "3"), kind="pickup")
    await until(shop, placed, "awaiting_pick")

    await shop.post(f"/orders/{placed}/pick", SHORT)
    read = await until(shop, placed, "ready_for_collection")

    assert [(each["product_id"], each["quantity"], each["amount"]) for each in read["picked"]["items"]] == [
        ("tea", "1", 250), ("jam", "2", 500)
    ]  # fmt: skip
    assert read["picked"]["short"] == [{"line": 1, "product_id": "tea", "quantity": "2"}]
    assert (read["total_amount"], read["payment"]["amount"]) == (750, 750)
    assert (await level(shop, "tea"), await level(shop, "jam")) == (("10", "1"), ("10", "2"))
    await shop.post(f"/orders/{placed}/handover", {})
    assert (await level(shop, "tea"), await level(shop, "jam")) == (("9", "0"), ("8", "0"))


async def test_what_is_short_is_not_paid_for(shop: Shop) -> None:
    placed = await order(shop, await prepared(shop), ("tea", "3"), ("jam", "1"), kind="pickup")
    await until(shop, placed, "awaiting_pick")

    await shop.post(f"/orders/{placed}/pick", {"lines": [{"line": 1, "picked": "2"}, {"line": 2, "picked": "0"}]})
    read = await until(shop, placed, "ready_for_collection")

    assert (read["total_amount"], read["payment"]["amount"]) == (500, 500)
    assert (await level(shop, "tea"), await level(shop, "jam")) == (("10", "2"), ("10", "0"))


async def test_a_substitute_that_is_promised_to_others_is_not_picked(shop: Shop) -> None:
    customer = await prepared(shop)
    others = await order(shop, customer, ("jam", "9"), kind="pickup")
    placed = await order(shop, customer, ("tea", "3"), kind="pickup")
    for each in (others, placed):
        await until(shop, each, "awaiting_pick")

    answer = await shop.post(f"/orders/{placed}/pick", SHORT)

    assert (answer.status_code, answer.json()["type"]) == (409, "/docs/problems#insufficient-stock")
    assert (await level(shop, "tea"), await level(shop, "jam")) == (("10", "3"), ("10", "9"))


async def test_a_pick_is_repeatable_and_is_not_done_twice(shop: Shop) -> None:
    placed = await order(shop, await prepared(shop), ("tea", "3"), kind="pickup")
    read = await until(shop, placed, "awaiting_pick")
    version = (await shop.get(f"/orders/{placed}")).headers["etag"]
    key = fresh_key()

    stale = await shop.post(f"/orders/{placed}/pick", SHORT, headers={"if-match": '"v1"'})
    first = await shop.post(f"/orders/{placed}/pick", SHORT, key=key, headers={"if-match": version})
    again = await shop.post(f"/orders/{placed}/pick", SHORT, key=key, headers={"if-match": version})
    second = await shop.post(f"/orders/{placed}/pick", SHORT)

    assert read["status"] == "awaiting_pick"
    assert (stale.status_code, stale.json()["type"]) == (412, "/docs/problems#stale-version")
    assert (first.status_code, again.status_code, again.headers["idempotent-replayed"]) == (200, 200, "true")
    assert again.content == first.content
    assert (second.status_code, second.json()["type"]) == (409, "/docs/problems#order-not-open")


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        ({"lines": [{"line": 3, "picked": "1"}]}, 422, "unknown-line"),
        ({"lines": [{"line": 1, "picked": "4"}]}, 422, "pick-exceeds"),
        ({"lines": [{"line": 1, "picked": "-1"}]}, 422, "pick-exceeds"),
        ({"lines": [{"line": 1, "picked": "x"}]}, 422, "invalid-quantity"),
        ({"lines": [{"line": 1, "picked": "0"}]}, 422, "nothing-picked"),
        ({"lines": [{"line": 1, "picked": "1"}, {"line": 1, "picked": "1"}]}, 422, "given-twice"),
        ({"lines": [{"line": 1, "picked": "3", "substitute": {"product_id": "jam"}}]}, 422, "pick-exceeds"),
        (
            {"lines": [{"line": 1, "picked": "2", "substitute": {"product_id": "jam", "quantity": "2"}}]},
            422,
            "pick-exceeds",
        ),
        ({"lines": [{"line": 1, "picked": "2", "substitute": {"product_id": "pot"}}]}, 422, "unknown-product"),
    ],
)
async def test_a_pick_that_cannot_be_is_refused_and_changes_nothing(
    shop: Shop, body: dict[str, object], status: int, problem: str
) -> None:
    placed = await order(shop, await prepared(shop), ("tea", "3"), kind="pickup")
    await until(shop, placed, "awaiting_pick")

    answer = await shop.post(f"/orders/{placed}/pick", body)

    assert (answer.status_code, answer.json()["type"]) == (status, f"/docs/problems#{problem}")
    assert events(shop, placed) == ["created", "reserved"]
    assert await level(shop, "tea") == ("10", "3")


async def test_a_delivery_is_neither_picked_nor_handed_over(shop: Shop) -> None:
    placed = await order(shop, await prepared(shop))

    answers = [await shop.post(f"/orders/{placed}/{verb}", {}) for verb in ("pick", "handover")]

    assert [(each.status_code, each.json()["type"]) for each in answers] == [(409, "/docs/problems#not-a-pickup")] * 2


async def test_what_is_not_ready_is_not_handed_over(shop: Shop) -> None:
    placed = await order(shop, await prepared(shop), kind="pickup")
    await until(shop, placed, "awaiting_pick")

    answer = await shop.post(f"/orders/{placed}/handover", {})

    assert (answer.status_code, answer.json()["present_status"]) == (409, "awaiting_pick")


async def test_a_pickup_that_nobody_picks_expires_and_gives_the_goods_back(hasty: Shop) -> None:
    placed = await order(hasty, await prepared(hasty), ("tea", "2"), kind="pickup")

    read = await until(hasty, placed, "expired")

    assert (read["payment"], read["reason"]) == (None, "It was not picked in time.")
    assert await level(hasty, "tea") == ("10", "0")


async def test_a_pickup_that_nobody_collects_gives_money_and_goods_back(hasty: Shop) -> None:
    placed = await order(hasty, await prepared(hasty), ("tea", "2"), kind="pickup")
    await until(hasty, placed, "awaiting_pick")
    await hasty.post(f"/orders/{placed}/pick", {})

    read = await until(hasty, placed, "expired")

    assert (read["payment"]["status"], read["shipment"]["status"]) == ("refunded", "cancelled")
    assert read["reason"] == "Nobody collected it in time."
    assert await level(hasty, "tea") == ("10", "0")
    assert await books(hasty) == {"sales": 0, "refunds": 0}


async def test_a_till_sells_what_is_held_and_says_so(shop: Shop) -> None:
    placed = await order(shop, await prepared(shop, "2"), ("tea", "2"), kind="pickup")
    await until(shop, placed, "awaiting_pick")

    sold = await shop.post("/sales", sale({"product_id": "tea", "quantity": "2"}))

    assert sold.status_code == 201
    assert await level(shop, "tea") == ("0", "2")
    assert (await shop.post(f"/orders/{placed}/pick", {})).status_code == 200
