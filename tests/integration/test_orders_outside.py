"""Orders on their way through other people's providers, over both protocols, judged by a ledger that is not ours."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from appliance.integration.breaker import State
from appliance.integration.operations import PORTS
from appliance.integration.settings import IntegrationSettings
from appliance.sandbox.sandbox import Sandbox, running
from appliance.sandbox.verdict import verdict
from tests.support.api import Shop, serving, stocked
from tests.support.fulfilling import events, order, prepared, shown, until
from tests.support.mail_server import mail_server
from tests.support.outside import settings_for

ADAPTERS = pytest.mark.parametrize("adapter", ["rest", "grpc"])


@asynccontextmanager
async def selling(folder: Path, adapter: str, **more: Any) -> AsyncIterator[tuple[Shop, Sandbox]]:
    """A stocked store whose providers all stand in a sandbox, and that sandbox."""
    async with running(folder / "ledger.db", seed=1) as sandbox:
        settings = settings_for(sandbox, adapter, **more)
        async with serving(folder / "data", integration=settings) as shop:
            yield await stocked(shop), sandbox


def calls(sandbox: Sandbox, operation: str) -> int:
    return sum(each["operation"] == operation for each in sandbox.ledger.calls())


@ADAPTERS
async def test_an_order_goes_through_all_four_providers_to_confirmed(adapter: str, tmp_path: Path) -> None:
    async with selling(tmp_path, adapter) as (shop, sandbox):
        placed = await order(shop, await prepared(shop), ("tea", "2"))
        read = await until(shop, placed, "confirmed")

        judged = verdict(sandbox.ledger)
        assert judged["kept_by_order"] == {placed: 500}
        assert (judged["captured"], judged["refunded"], judged["problems"]) == (500, 0, [])
        assert read["payment"]["transaction_id"].startswith("txn-")
        assert read["shipment"]["carrier"] == "Sandbox Express"
        assert {port for port in PORTS if any(each["provider"] == port for each in sandbox.ledger.calls())} == {*PORTS}


@ADAPTERS
async def test_a_declined_payment_lets_go_of_the_goods_and_the_order_fails(adapter: str, tmp_path: Path) -> None:
    async with selling(tmp_path, adapter) as (shop, sandbox):
        sandbox.plan.add({"operation": "charge", "fault": "decline"})
        placed = await order(shop, await prepared(shop))
        read = await until(shop, placed, "failed")

        judged = verdict(sandbox.ledger)
        assert (judged["captured"], judged["reservations_held"], judged["shipments_standing"]) == (0, [], [])
        assert calls(sandbox, "charge") == 1
        assert "declined" in read["reason"]
        assert "confirmed" not in events(shop, placed)


@ADAPTERS
async def test_a_charge_whose_answer_is_lost_is_found_and_not_made_again(adapter: str, tmp_path: Path) -> None:
    async with selling(tmp_path, adapter, timeout_s=1.0) as (shop, sandbox):
        sandbox.plan.add({"operation": "charge", "fault": "timeout", "count": 1})
        placed = await order(shop, await prepared(shop))
        await until(shop, placed, "confirmed")

        assert calls(sandbox, "charge") == 1
        assert calls(sandbox, "query") >= 1
        assert verdict(sandbox.ledger)["kept_by_order"] == {placed: 250}


@pytest.mark.parametrize(
    ("unheard", "status", "kept"), [(None, "confirmed", 250), (2, "confirmed", 250), (8, "failed", 0)]
)
async def test_though_no_charge_is_ever_heard_of_it_is_one_charge_or_all_of_it_goes_back(
    tmp_path: Path, unheard: int | None, status: str, kept: int
) -> None:
    """Every charge is made and its answer lost; so many questions about it are not answered either."""
    async with selling(tmp_path, "rest", timeout_s=0.5) as (shop, sandbox):
        sandbox.plan.add({"operation": "charge", "fault": "timeout"})
        if unheard:
            sandbox.plan.add({"provider": "payment", "operation": "query", "fault": "error", "count": unheard})
        placed = await order(shop, await prepared(shop))
        await _in_time(shop, placed, status)

        judged = verdict(sandbox.ledger)
        assert (calls(sandbox, "charge"), judged["captured"]) == (1, 250)
        assert (judged["kept_by_order"], judged["problems"]) == ({placed: kept}, [])


async def _in_time(shop: Shop, placed: str, status: str) -> None:
    time = FastForward(shop)
    await time.until(lambda: status in events(shop, placed), step_s=5.0)


@pytest.mark.parametrize("fault", ["error", "error_after", "garbage", "twice", "huge", "redirect", "reset", "busy"])
async def test_whatever_happens_once_to_every_call_an_order_is_paid_once(fault: str, tmp_path: Path) -> None:
    async with selling(tmp_path, "rest") as (shop, sandbox):
        for operation in ("reserve", "charge", "create", "send"):
            sandbox.plan.add({"operation": operation, "fault": fault, "count": 1})
        placed = await order(shop, await prepared(shop))
        await until(shop, placed, "confirmed")

        judged = verdict(sandbox.ledger)
        assert (judged["kept_by_order"], judged["problems"]) == ({placed: 250}, [])
        assert (len(judged["reservations_held"]), len(judged["shipments_standing"]), judged["messages"]) == (1, 1, 1)
        assert sandbox.control.trapped == []


async def test_a_wrong_amount_is_never_kept(tmp_path: Path) -> None:
    async with selling(tmp_path, "rest") as (shop, sandbox):
        sandbox.plan.add({"operation": "charge", "fault": "wrong_amount", "count": 1})
        placed = await order(shop, await prepared(shop))
        await until(shop, placed, "failed")

        judged = verdict(sandbox.ledger)
        assert (judged["captured"], judged["refunded"], judged["kept_by_order"]) == (251, 251, {placed: 0})
        assert judged["reservations_held"] == []


class FastForward:
    """The store's steady time and its payment breaker's, moved on by a test."""

    def __init__(self, shop: Shop) -> None:
        self._steady = shop.services.sagas._steady
        line = shop.services.outside.line("payment")
        assert line is not None
        self.breaker = line.breaker
        self.breaker._clock = lambda: self._steady() / 1000

    async def until(self, happened: Callable[[], bool], step_s: float = 1.0, at_most: int = 500) -> None:
        for _ in range(at_most):
            if happened():
                return
            self._steady._offset += round(step_s * 1000)
            await asyncio.sleep(0.03)
        raise AssertionError("it did not happen in time")

    async def seconds(self, seconds: int, step_s: int = 10) -> None:
        for _ in range(seconds // step_s):
            self._steady._offset += step_s * 1000
            await asyncio.sleep(0.03)


@ADAPTERS
@pytest.mark.parametrize(("minutes", "step_s"), [(10, 10), (60, 60)])
async def test_a_payment_provider_that_is_down_for_minutes_or_an_hour_costs_time_and_nothing_else(
    adapter: str, minutes: int, step_s: int, tmp_path: Path
) -> None:
    async with selling(tmp_path, adapter) as (shop, sandbox):
        await sandbox.set_up("payment", False)
        placed = await order(shop, await prepared(shop))
        time = FastForward(shop)

        await time.until(lambda: time.breaker.state is State.OPEN)
        component = {each["name"]: each for each in (await shop.get("/health")).json()["components"]}["outside"]
        assert component["details"]["payment"]["breaker"] == "open"
        assert 'backroom_outside_breaker_state{port="payment"} 2.0' in (await shop.get("/metrics")).text

        await time.seconds(minutes * 60, step_s)
        assert (await shown(shop, placed))["status"] not in {"cancelled", "confirmed"}
        assert calls(sandbox, "charge") == 0

        await sandbox.set_up("payment", True)
        await time.until(lambda: "confirmed" in events(shop, placed), step_s=5.0)
        assert calls(sandbox, "charge") == 1
        assert verdict(sandbox.ledger)["kept_by_order"] == {placed: 250}


async def test_a_switch_of_the_payment_provider_while_orders_run_charges_each_of_them_once(tmp_path: Path) -> None:
    async with selling(tmp_path, "rest") as (shop, sandbox):
        customer = await prepared(shop, "100")
        placed = []
        for number in range(20):
            placed.append(await order(shop, customer))
            adapter = ("rest", "grpc")[number % 2]
            shop.services.outside.apply(settings_for(sandbox, adapter))
        for each in placed:
            await until(shop, each, "confirmed")

        assert verdict(sandbox.ledger)["kept_by_order"] == dict.fromkeys(placed, 250)


async def test_without_providers_the_store_does_it_all_itself(tmp_path: Path) -> None:
    async with serving(tmp_path / "data", integration=IntegrationSettings()) as empty:
        shop = await stocked(empty)
        placed = await order(shop, await prepared(shop))

        assert (await until(shop, placed, "confirmed"))["shipment"]["carrier"] == "store"


async def test_the_store_s_own_notification_sends_mail_where_the_settings_name_a_server(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("sesame\n")
    async with mail_server() as mail:
        notification = {
            "smtp_host": "127.0.0.1",
            "smtp_port": mail.port,
            "smtp_from": "store@example.org",
            "smtp_user": "shop",
            "smtp_tls": "none",
            "token_file": tmp_path / "password",
        }
        settings = IntegrationSettings.model_validate({"notification": notification})
        async with serving(tmp_path / "data", integration=settings) as empty:
            shop = await stocked(empty)
            placed = await order(shop, await prepared(shop))
            await until(shop, placed, "confirmed")

    assert mail.logins == ["shop sesame"]
    assert len(mail.messages) == 1
    assert "To: ada@example.org" in mail.messages[0]
    assert placed in mail.messages[0]
