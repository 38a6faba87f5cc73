"""Adapters change while calls run: none is lost, none is answered by two, and what cannot be built changes nothing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from appliance.application.outside import Found, NotSent, OutcomeUnknown
from appliance.errors import SettingsInvalid
from appliance.integration.breaker import FAILURES_TO_OPEN
from appliance.integration.settings import IntegrationSettings
from appliance.integration.switchboard import Locals
from appliance.sandbox.sandbox import Sandbox, running
from appliance.sandbox.verdict import verdict
from tests.support.outside import connected, ended, no_locals, settings_for
from tests.support.polling import settled


class LocalPayment:
    """Built in, as far as these tests need it."""

    async def query(self, key: str) -> Found:
        return Found("absent", detail="local")


def locals_with_payment() -> Locals:
    others = no_locals()
    made: Any = LocalPayment()
    return Locals(
        inventory=others.inventory,
        payment=lambda *_: made,
        shipping=others.shipping,
        notification=others.notification,
    )


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with running(tmp_path / "ledger.db") as found:
        yield found


async def test_switching_under_load_loses_no_call_and_doubles_none(sandbox: Sandbox) -> None:
    rest = settings_for(sandbox, "rest", ("payment",), max_concurrent=64)
    grpc = settings_for(sandbox, "grpc", ("payment",), max_concurrent=64)
    async with connected(rest) as board:
        payment = board.outside.payment

        async def buyer(number: int) -> str:
            return (await payment.charge(f"k:{number}", f"o{number}", 5, "EUR")).transaction_id

        async def switch() -> None:
            for turn in range(20):
                assert board.apply(grpc if turn % 2 == 0 else rest) == ("payment",)
                await asyncio.sleep(0.01)

        switching = asyncio.create_task(switch())
        ids = await asyncio.gather(*(buyer(number) for number in range(200)))
        await switching

    assert len(set(ids)) == 200
    assert verdict(sandbox.ledger)["captured"] == 1000


async def test_a_call_under_way_ends_where_it_began_and_then_its_adapter_is_closed(sandbox: Sandbox) -> None:
    sandbox.plan.add({"operation": "charge", "fault": "hang", "count": 1})
    async with connected(settings_for(sandbox, "rest", timeout_s=1.5), local=locals_with_payment()) as board:
        old = board.line("payment")
        assert old is not None
        hanging = asyncio.create_task(ended(board.outside.payment.charge("k", "o", 5, "EUR")))

        async def arrived() -> bool:
            return len(sandbox.ledger.calls()) == 1

        await settled(arrived)
        board.apply(IntegrationSettings())

        assert (await board.outside.payment.query("k")).detail == "local"
        assert not hanging.done()
        assert isinstance(await hanging, OutcomeUnknown)


async def test_what_did_not_change_keeps_its_adapter_and_its_breaker(sandbox: Sandbox) -> None:
    async with connected(settings_for(sandbox, "rest")) as board:
        before = board.line("payment")

        assert board.apply(settings_for(sandbox, "rest")) == ()
        assert board.line("payment") is before


async def test_a_new_token_in_the_file_is_a_change(sandbox: Sandbox, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("first\n")
    settings = settings_for(sandbox, "rest", ("payment",), token_file=token)
    async with connected(settings) as board:
        assert board.apply(settings) == ()

        token.write_text("second\n")

        assert board.apply(settings) == ("payment",)


@pytest.mark.parametrize(
    "broken",
    [
        {"token_file": "nowhere"},
        {"ca_file": "nowhere", "address": "https://pay.example.org:443"},
        {"discovery": "nats:payment"},
    ],
)
async def test_settings_that_cannot_be_used_change_no_port_at_all(sandbox: Sandbox, broken: dict[str, str]) -> None:
    async with connected(settings_for(sandbox, "rest")) as board:
        before = board.line("inventory"), board.line("payment")
        wanted = {
            "inventory": {"adapter": "grpc", "address": sandbox.grpc("inventory")},
            "payment": {"adapter": "rest", "address": sandbox.rest("payment"), **broken},
        }

        with pytest.raises(SettingsInvalid, match=r"integration\.payment"):
            board.apply(IntegrationSettings.model_validate(wanted))

        assert (board.line("inventory"), board.line("payment")) == before
        await board.outside.payment.charge("k", "o", 5, "EUR")


async def test_a_missing_package_is_named_with_what_to_install(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.integration.switchboard.TRANSPORTS", {"grpc": ("appliance.absent", "Transport")})

    with pytest.raises(SettingsInvalid, match=r"pip install 'backroom\[grpc\]'"):
        async with connected(settings_for(sandbox, "grpc", ("payment",))):
            pass


@pytest.mark.parametrize("adapter", ["rest", "grpc"])
async def test_a_provider_that_is_down_is_not_called_until_its_breaker_tries_it_again(
    sandbox: Sandbox, adapter: str
) -> None:
    now = 1000.0
    async with connected(settings_for(sandbox, adapter, ("payment",))) as board:
        line, payment = board.line("payment"), board.outside.payment
        assert line is not None
        line.breaker._clock = lambda: now
        await sandbox.set_up("payment", False)
        for number in range(FAILURES_TO_OPEN):
            down = await ended(payment.charge(f"k:{number}", "o1", 5, "EUR"))
            assert (type(down), down.code) == (NotSent, "unreachable")

        held = await ended(payment.charge("k", "o1", 5, "EUR"))
        assert (type(held), held.code, held.retry_after_s) == (NotSent, "breaker-open", 30.0)
        assert board.describe()["payment"]["breaker"] == "open"

        await sandbox.set_up("payment", True)
        now += 600
        for number in range(2):
            await payment.charge(f"back:{number}", "o2", 5, "EUR")

        assert board.describe()["payment"]["breaker"] == "closed"
        assert len(sandbox.ledger.calls()) == 2


async def test_no_more_calls_than_allowed_are_under_way_and_the_rest_are_not_sent(sandbox: Sandbox) -> None:
    sandbox.plan.add({"operation": "charge", "fault": "hang"})
    settings = settings_for(sandbox, "rest", ("payment",), max_concurrent=2, timeout_s=5.0)
    async with connected(settings) as board:
        line, payment = board.line("payment"), board.outside.payment
        assert line is not None
        line.bulkhead._patience_s = 0.05
        calls = [asyncio.create_task(ended(payment.charge(f"k:{n}", "o", 5, "EUR"))) for n in range(5)]
        turned_away = [await each for each in calls[2:]]

        assert [(type(each), each.code) for each in turned_away] == [(NotSent, "busy")] * 3
        assert line.breaker.opened == 0
        for each in calls[:2]:
            each.cancel()
        await asyncio.gather(*calls[:2], return_exceptions=True)

    assert {each["key"] for each in sandbox.ledger.calls()} <= {"k:0", "k:1"}


async def test_proxies_of_the_environment_are_not_used(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "grpc_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port}")

    for adapter in ("rest", "grpc"):
        async with connected(settings_for(sandbox, adapter, ("payment",))) as board:
            await board.outside.payment.charge(f"{adapter}:1", "o", 5, "EUR")
