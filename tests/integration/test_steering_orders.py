"""Sagas of real orders and their dead letters, seen and steered: over HTTP by role, and from the command line."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from appliance.application.outside import Declined, NotSent
from tests.support.api import Shop, serving, stocked
from tests.support.burying import buried, buried_alone
from tests.support.fulfilling import level, order, prepared, until
from tests.support.providers import Providers

NO_ROUTE = Declined("no_route", "We do not go there.")
CLOSED = Declined("account_closed", "No such account.")
DOWN = NotSent("breaker_open", "5 failures in a row", retry_after_s=0.02)
REASON = {"reason": "rang them up"}


@pytest.fixture
def world() -> Providers:
    return Providers()


@pytest.fixture
async def shop(tmp_path: Path, world: Providers) -> AsyncIterator[Shop]:
    async with serving(tmp_path / "data", around=world.around) as shop:
        yield await stocked(shop)


async def stuck(shop: Shop, world: Providers) -> str:
    """An order that cannot be sent, whose money cannot go back."""
    world.plans = {"ship": [NO_ROUTE], "refund": [CLOSED]}
    placed = await order(shop, await prepared(shop))
    await until(shop, placed, "stuck")
    return placed


async def steered(shop: Shop, placed: str, action: str, body: Any = None, **options: Any) -> tuple[int, Any]:
    answer = await shop.post(f"/sagas/{placed}/{action}", REASON if body is None else body, **options)
    return answer.status_code, answer.json()


def code(problem: Any) -> str:
    return str(problem["type"].rpartition("#")[2])


# --- who may ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["retry", "compensate", "skip"])
async def test_who_sells_sees_a_saga_and_who_is_answerable_steers_it(shop: Shop, world: Providers, action: str) -> None:
    placed = await stuck(shop, world)

    assert (await shop.get(f"/sagas/{placed}", role="cashier")).status_code == 200
    assert (await steered(shop, placed, action, role="cashier"))[0] == 403
    assert (await steered(shop, placed, action, role=None))[0] == 401
    assert (await steered(shop, placed, action, {"reason": ""}))[0] in {400, 422}
    assert (await shop.get(f"/sagas/{placed}")).json()["status"] == "stuck"


async def test_a_stuck_refund_is_retried_under_the_same_key_and_the_saga_ends(shop: Shop, world: Providers) -> None:
    placed = await stuck(shop, world)
    listed = (await shop.get("/sagas?status=stuck")).json()["items"]

    status, answer = await steered(shop, placed, "retry", role="supervisor")
    await until(shop, placed, "failed")

    assert [each["saga_id"] for each in listed] == [placed]
    assert (status, answer) == (200, {"saga_id": placed, "action": "retry"})
    assert [each for each in world.calls if each.startswith("refund")] == [f"refund {placed}:process_payment:undo"] * 2
    assert (world.charges(placed), world.refunds(placed)) == ([250], [250])
    assert (await steered(shop, placed, "retry"))[1]["detail"] == f"Saga {placed} is compensated."


async def test_a_refund_seen_to_by_people_is_skipped_and_the_goods_come_back(shop: Shop, world: Providers) -> None:
    placed = await stuck(shop, world)

    assert (await steered(shop, placed, "skip", {**REASON, "operator": "anna"}))[0] == 200
    await until(shop, placed, "failed")

    assert world.refunds(placed) == []
    assert await level(shop, "tea") == ("10", "0")
    told = (await shop.get(f"/sagas/{placed}")).json()["story"]
    acted = next(each for each in told if each["type"] == "saga.operator_acted")
    assert (acted["action"], acted["reason"], acted["operator"]) == ("skip", "rang them up", "anna")


async def test_a_saga_that_waits_for_its_provider_is_turned_round_by_a_person(shop: Shop, world: Providers) -> None:
    world.plans["charge"] = [DOWN] * 1_000_000
    placed = await order(shop, await prepared(shop))
    await until(shop, placed, "reserved")

    assert (await steered(shop, placed, "compensate"))[0] == 200
    read = await until(shop, placed, "failed")

    assert read["reason"] == "rang them up"
    assert (world.charges(placed), await level(shop, "tea")) == ([], ("10", "0"))
    assert code((await steered(shop, placed, "compensate"))[1]) == "saga-not-steerable"


async def test_what_is_asked_twice_with_one_key_is_done_once(shop: Shop, world: Providers) -> None:
    placed = await stuck(shop, world)

    first = await steered(shop, placed, "retry", key="k")
    again = await steered(shop, placed, "retry", key="k")

    assert first == again
    await until(shop, placed, "failed")
    told = (await shop.get(f"/sagas/{placed}")).json()["story"]
    assert sum(each["type"] == "saga.operator_acted" for each in told) == 1


async def test_a_saga_nobody_has_is_not_found(shop: Shop) -> None:
    assert code((await steered(shop, "nobody", "retry"))[1]) == "saga-not-found"


# --- dead letters ----------------------------------------------------------------------------------------------


async def test_a_dead_letter_of_an_order_is_seen_not_discarded_and_retried_to_the_end(
    shop: Shop, world: Providers
) -> None:
    placed, message = await buried(shop, world)
    path = f"/dead-letters/{message}"

    [letter] = (await shop.get("/dead-letters", role="cashier")).json()["items"]
    assert (letter["saga_id"], letter["error"]) == (placed, "killed the process five times")
    assert (await shop.get(path, role="cashier")).json() == letter
    assert (await shop.post(f"{path}/retry", {}, role="cashier")).status_code == 403
    assert code((await shop.post(f"{path}/discard", {})).json()) == "dead-letter-of-saga"
    assert (await shop.post(f"{path}/retry", REASON)).status_code == 200

    await until(shop, placed, "confirmed")
    assert world.charges(placed) == [250]
    assert (await shop.get("/dead-letters")).json()["items"] == []
    assert code((await shop.post(f"{path}/retry", {})).json()) == "dead-letter-not-found"


async def test_a_dead_letter_of_no_saga_is_discarded(shop: Shop) -> None:
    message = await buried_alone(shop)

    assert (await shop.post(f"/dead-letters/{message}/discard", {}, role="supervisor")).status_code == 200
    assert (await shop.get("/dead-letters")).json()["items"] == []
    assert (await shop.post("/dead-letters/x1/discard", {})).status_code in {400, 422}
