"""Orders whose goods have left: nothing takes them back by itself, no mail holds them up, no money goes back twice."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from appliance.application.outside import Declined, NotSent, TryAgain
from appliance.domain import events_saga as s
from tests.support.api import Shop, serving, stocked
from tests.support.fulfilling import books, events, level, order, prepared, saga, shown, until
from tests.support.providers import Providers

HOUR_MS = 3_600_000
DOWN = NotSent("breaker_open", "5 failures in a row", retry_after_s=0.01)


@pytest.fixture
def world() -> Providers:
    return Providers()


@pytest.fixture
async def shop(tmp_path: Path, world: Providers) -> AsyncIterator[Shop]:
    async with serving(tmp_path / "data", around=world.around) as shop:
        yield await stocked(shop)


def passes(shop: Shop, hours: float) -> None:
    """The store's steady time moves on."""
    shop.services.sagas._steady._offset += int(hours * HOUR_MS)


async def till(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(40):
        while not happened():  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0.01)


async def shipped(shop: Shop, world: Providers) -> tuple[str, asyncio.Event]:
    """An order of two teas that has left, and the gate that its confirmation stands at."""
    gate = world.hold("send")
    placed = await order(shop, await prepared(shop), ("tea", "2"))
    await world.until("send")
    assert (await shown(shop, placed))["status"] == "shipped"
    return placed, gate


# --- the deadline ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [None, TryAgain("busy", "later"), DOWN, Declined("no_such_mailbox", "550")])
async def test_what_has_left_is_not_taken_back_because_its_confirmation_is_late(
    shop: Shop, world: Providers, answer: Exception | None
) -> None:
    world.plans["send"] = [answer] if isinstance(answer, TryAgain | NotSent | Declined) else []
    placed, gate = await shipped(shop, world)
    passes(shop, 48)
    gate.set()

    await until(shop, placed, "confirmed")

    assert (world.charges(placed), world.refunds(placed)) == ([500], [])
    assert "turned_back" not in events(shop, placed)
    assert len(world.messages) == (answer is None)


async def test_what_has_left_is_confirmed_by_a_store_that_was_off_for_days(tmp_path: Path, world: Providers) -> None:
    async with serving(tmp_path / "data", around=world.around) as empty:
        placed, _ = await shipped(await stocked(empty), world)
    world.gates.clear()
    async with serving(tmp_path / "data", around=world.around, sagas={"enabled": False}) as off:
        off.tokens = empty.tokens
        passes(off, 72)
        await off.services.sagas.start()
        await until(off, placed, "confirmed")
        await off.services.sagas.stop()

    assert (world.refunds(placed), len(world.messages)) == ([], 1)


async def test_an_order_that_is_late_before_its_goods_left_gives_everything_back(shop: Shop, world: Providers) -> None:
    world.plans["ship"] = [TryAgain("busy", "later")]
    gate = world.hold("ship")
    placed = await order(shop, await prepared(shop), ("tea", "2"))
    await world.until("ship")
    passes(shop, 48)
    gate.set()

    await until(shop, placed, "failed")

    assert (world.charges(placed), world.refunds(placed)) == ([500], [500])
    assert await level(shop, "tea") == ("10", "0")


# --- a mail ----------------------------------------------------------------------------------------------------


async def test_a_message_that_could_not_be_sent_is_no_attempt_and_goes_out_when_somebody_is_there(
    shop: Shop, world: Providers
) -> None:
    world.plans["send"] = [DOWN] * 30
    placed = await order(shop, await prepared(shop))

    await until(shop, placed, "confirmed")

    told = [each for each in saga(shop, placed) if getattr(each, "step", "") == "send_order_confirmation"]
    assert [type(each) for each in told] == [s.SagaStepHeld, s.SagaStepCompleted]
    assert (told[-1].attempt, told[-1].skipped, len(world.messages)) == (1, False, 1)


async def test_a_mail_server_that_stays_down_neither_cancels_an_order_nor_leaves_it_stuck(
    shop: Shop, world: Providers
) -> None:
    world.plans["send"] = [DOWN] * 1_000_000
    placed = await order(shop, await prepared(shop))
    await till(lambda: any(isinstance(each, s.SagaStepHeld) for each in saga(shop, placed)))
    assert (await shown(shop, placed))["status"] == "shipped"
    passes(shop, 25)

    await until(shop, placed, "confirmed")

    assert "turned_back" not in events(shop, placed)


async def test_a_pickup_is_offered_though_nobody_can_be_told(shop: Shop, world: Providers) -> None:
    world.plans["send"] = [DOWN] * 1_000_000
    placed = await order(shop, await prepared(shop), kind="pickup")
    await until(shop, placed, "awaiting_pick")
    await shop.post(f"/orders/{placed}/pick", {"lines": [{"line": 1, "picked": "1"}]})
    await till(lambda: any(isinstance(each, s.SagaStepHeld) for each in saga(shop, placed)))
    passes(shop, 0.2)

    await until(shop, placed, "ready_for_collection")


# --- a till's refund, and then everything ----------------------------------------------------------------------


async def refunded_at_till(shop: Shop, placed: str, quantity: str, amount: int) -> int:
    body = {
        "register_id": "till-1", "reason": "broken", "lines": [{"line": 1, "quantity": quantity}],
        "tenders": [{"type": "cash", "amount": amount}],
    }  # fmt: skip
    return (await shop.post(f"/sales/{placed}/refunds", body)).status_code


async def undone_by_a_person(shop: Shop, placed: str, gate: asyncio.Event) -> None:
    answer = await shop.post(f"/sagas/{placed}/compensate", {"reason": "everything came back"})
    assert answer.status_code == 200, answer.json()
    gate.set()


@pytest.mark.parametrize(("quantity", "cash", "back"), [("1", 250, [250]), ("2", 500, [])])
async def test_what_a_till_gave_back_is_not_given_back_again(
    shop: Shop, world: Providers, quantity: str, cash: int, back: list[int]
) -> None:
    placed, gate = await shipped(shop, world)
    assert await refunded_at_till(shop, placed, quantity, cash) == 201

    await undone_by_a_person(shop, placed, gate)
    read = await until(shop, placed, "failed")

    assert (world.charges(placed), world.refunds(placed)) == ([500], back)
    assert await books(shop) == {"sales": 500, "refunds": 500, "card": 500 - sum(back), "cash": -cash}
    assert await level(shop, "tea") == ("10", "0")
    assert read["reason"] == "everything came back"


async def test_while_the_money_goes_back_no_till_gives_any_of_it(shop: Shop, world: Providers) -> None:
    placed, gate = await shipped(shop, world)
    back = world.hold("refund")
    await undone_by_a_person(shop, placed, gate)
    await world.until("refund")

    assert await refunded_at_till(shop, placed, "1", 250) == 409
    voided = await shop.post(f"/sales/{placed}/void", {"register_id": "till-1", "reason": "no"})
    assert (voided.status_code, voided.json()["type"].rpartition("#")[2]) == (409, "order-being-undone")
    back.set()
    await until(shop, placed, "failed")

    assert world.refunds(placed) == [500]
    assert await books(shop) == {"sales": 500, "refunds": 500, "card": 0}
