"""Orders that cannot be fulfilled, or not at once: what was done is undone, and nobody pays twice or for nothing."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.application.outside import Declined, NotSent, OutcomeUnknown, TryAgain
from tests.support.api import Shop, sale, serving, stocked
from tests.support.fulfilling import books, events, level, order, prepared, saga, until
from tests.support.providers import Providers, late

NOTHING = {"sales": 0, "refunds": 0}


@pytest.fixture
def world() -> Providers:
    return Providers()


@pytest.fixture
async def shop(tmp_path: Path, world: Providers) -> AsyncIterator[Shop]:
    async with serving(tmp_path / "data", around=world.around) as shop:
        yield await stocked(shop)


async def test_a_declined_payment_fails_the_order_and_gives_the_goods_back(shop: Shop, world: Providers) -> None:
    world.plans["charge"] = [Declined("card_expired", "The card has expired.")]
    placed = await order(shop, await prepared(shop), ("tea", "2"))

    read = await until(shop, placed, "failed")

    assert read["payment"] == {
        "transaction_id": None, "status": "declined", "amount": 500, "failure_reason": "The card has expired.",
        "processed_at": None,
    }  # fmt: skip
    assert events(shop, placed) == ["created", "reserved", "payment_declined", "turned_back", "failed"]
    assert world.calls == [f"charge {placed}:process_payment:1"]
    assert [(each["step"], each["direction"], each["status"]) for each in read["steps"]] == [
        *((step, "do", "done") for step in ("validate_order", "reserve_inventory")),
        ("process_payment", "do", "failed"),
        ("reserve_inventory", "undo", "undone"),
    ]
    assert await level(shop, "tea") == ("10", "0")
    assert await books(shop) == NOTHING


async def test_a_charge_that_nobody_heard_of_is_found_and_not_made_again(shop: Shop, world: Providers) -> None:
    world.plans["charge"] = [late()]
    placed = await order(shop, await prepared(shop), ("tea", "2"))

    await until(shop, placed, "confirmed")

    assert (world.charges(placed), world.refunds(placed)) == ([500], [])
    assert [each for each in world.calls if each.startswith("charge")] == [f"charge {placed}:process_payment:1"]


async def test_a_charge_of_another_amount_is_given_back_and_nothing_is_sent(shop: Shop, world: Providers) -> None:
    world.overcharge = 100
    placed = await order(shop, await prepared(shop), ("tea", "2"))

    read = await until(shop, placed, "failed")

    assert (world.charges(placed), world.refunds(placed)) == ([600], [600])
    assert read["reason"] == "600 EUR were charged instead of 500 EUR"
    assert read["payment"]["status"] == "refunded"
    assert await level(shop, "tea") == ("10", "0")


async def test_a_shipment_that_is_refused_gives_the_money_back(shop: Shop, world: Providers) -> None:
    world.plans["ship"] = [Declined("no_route", "We do not go there.")]
    placed = await order(shop, await prepared(shop), ("tea", "2"))

    read = await until(shop, placed, "failed")

    assert (world.charges(placed), world.refunds(placed)) == ([500], [500])
    assert (read["payment"]["status"], read["shipment"], read["reason"]) == ("refunded", None, "We do not go there.")
    assert await books(shop) == NOTHING


async def test_what_fails_for_a_while_is_tried_again_until_it_works(shop: Shop, world: Providers) -> None:
    world.plans["charge"] = [TryAgain("busy", "later"), NotSent("breaker_open", "5 failures", retry_after_s=0.05)]
    placed = await order(shop, await prepared(shop), ("tea", "2"))

    await until(shop, placed, "confirmed")

    assert world.charges(placed) == [500]


async def test_goods_that_are_gone_by_then_fail_the_order_with_their_name(shop: Shop, world: Providers) -> None:
    gate = world.hold("check")
    placed = await order(shop, await prepared(shop), ("tea", "10"))
    await shop.post("/sales", sale())
    gate.set()

    read = await until(shop, placed, "failed")

    assert read["reason"] == "not available: tea (9 left)"
    assert world.calls == []


async def test_goods_that_go_at_the_last_moment_are_not_promised(shop: Shop, world: Providers) -> None:
    gate = world.hold("reserve")
    placed = await order(shop, await prepared(shop), ("tea", "10"))
    await world.until("reserve")
    await shop.post("/sales", sale())
    gate.set()

    read = await until(shop, placed, "failed")

    assert '"available_quantity": "9"' in read["reason"]
    assert await level(shop, "tea") == ("9", "0")


async def test_a_message_that_cannot_be_sent_holds_no_order_up(shop: Shop, world: Providers) -> None:
    world.plans["send"] = [Declined("no_such_mailbox", "550")]
    placed = await order(shop, await prepared(shop))

    await until(shop, placed, "confirmed")

    assert saga(shop, placed)[-2].skipped
    assert world.messages == []


async def test_the_customer_and_the_carrier_are_told_what_only_the_seal_knows(shop: Shop, world: Providers) -> None:
    placed = await order(shop, await prepared(shop))

    await until(shop, placed, "confirmed")

    assert world.addresses[0] is not None
    assert world.addresses[0]["street"] == "Hauptstr. 1"
    [(kind, recipient)] = world.messages
    assert recipient is not None
    assert (kind, recipient["email"]) == ("order_confirmed", "ada@example.org")
    assert not [each for each in saga(shop, placed) if "Hauptstr" in str(each) or "ada@" in str(each)]


async def test_an_erased_customer_s_order_is_not_sent_and_not_paid_for(shop: Shop, world: Providers) -> None:
    gate = world.hold("charge")
    customer = await prepared(shop)
    placed = await order(shop, customer)
    await world.until("charge")
    await shop.send("DELETE", f"/customers/{customer}")
    gate.set()

    read = await until(shop, placed, "failed")

    assert read["reason"] == "the customer has been erased, and the address with them"
    assert (world.charges(placed), world.refunds(placed)) == ([250], [250])


async def test_a_refund_that_is_refused_is_stuck_for_everybody_to_see(shop: Shop, world: Providers) -> None:
    world.plans = {"ship": [Declined("no_route", "no")], "refund": [Declined("account_closed", "No such account.")]}
    placed = await order(shop, await prepared(shop))

    read = await until(shop, placed, "stuck")

    assert read["reason"] == "process_payment: No such account."
    assert await level(shop, "tea") == ("10", "1")


# --- cancelled on the way --------------------------------------------------------------------------------------


async def cancelled(shop: Shop, placed: str) -> None:
    answer = await shop.post(f"/orders/{placed}/cancel", {"reason": "changed their mind"})
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelling")


@pytest.mark.parametrize("kind", ["check", "reserve", "charge", "ship"])
async def test_a_cancelled_delivery_is_undone_wherever_it_was(shop: Shop, world: Providers, kind: str) -> None:
    gate = world.hold(kind)
    placed = await order(shop, await prepared(shop), ("tea", "2"))
    await world.until(kind)

    await cancelled(shop, placed)
    gate.set()
    read = await until(shop, placed, "cancelled")

    assert read["reason"] == "changed their mind"
    assert sum(world.charges(placed)) == sum(world.refunds(placed))
    assert await level(shop, "tea") == ("10", "0")
    booked = await books(shop)
    assert (booked["sales"] - booked["refunds"], booked.get("card", 0)) == (0, 0)


@pytest.mark.parametrize("status", ["awaiting_pick", "ready_for_collection"])
async def test_a_cancelled_pickup_is_undone_wherever_it_waits(shop: Shop, world: Providers, status: str) -> None:
    placed = await order(shop, await prepared(shop), ("tea", "2"), kind="pickup")
    await until(shop, placed, "awaiting_pick")
    if status == "ready_for_collection":
        await shop.post(f"/orders/{placed}/pick", {"lines": [{"line": 1, "picked": "1"}]})
        await until(shop, placed, status)

    await cancelled(shop, placed)
    await until(shop, placed, "cancelled")

    assert sum(world.charges(placed)) == sum(world.refunds(placed))
    assert await level(shop, "tea") == ("10", "0")
    assert await books(shop) == NOTHING


async def test_what_has_left_is_not_cancelled(shop: Shop) -> None:
    placed = await order(shop, await prepared(shop))
    await until(shop, placed, "confirmed")

    answer = await shop.post(f"/orders/{placed}/cancel", {})

    assert (answer.status_code, answer.json()["present_status"]) == (409, "confirmed")


async def test_every_charge_that_is_never_heard_of_is_found_or_undone(shop: Shop, world: Providers) -> None:
    world.plans["charge"] = [OutcomeUnknown("reset", "the line broke"), late()]
    placed = await order(shop, await prepared(shop))

    await until(shop, placed, "confirmed")

    assert world.charges(placed) == [250]
