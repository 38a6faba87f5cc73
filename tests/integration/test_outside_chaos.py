"""Everything goes wrong at random while many pay at once: who keeps to the four errors' rules is charged once."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from appliance.application.outside import Charged, Declined, Found, NotSent, OutcomeUnknown, OutsideError, Payment
from appliance.integration.switchboard import Switchboard
from appliance.sandbox.faults import FAULTS
from appliance.sandbox.sandbox import Sandbox, running
from appliance.sandbox.verdict import verdict
from tests.support.outside import connected, ended, settings_for

BUYERS = 60
PATIENCE_SECONDS = 40.0
# Those that take all of a call's time are tried one by one elsewhere; this is about many at once.
QUICK_FAULTS = [each for each in FAULTS if each not in {"timeout", "hang", "drip", "wrong_amount"}]


def impatient(board: Switchboard) -> None:
    """Let the breaker probe after a moment instead of half a minute."""
    line = board.line("payment")
    assert line is not None
    line.breaker._open_s = 0.02


async def paid(payment: Payment, number: int) -> str:
    """Pay as a saga does: what may have been done is asked about before it is done again."""
    key, doubtful = f"saga-{number}:pay:1", False
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        end: Any = await ended(payment.query(key) if doubtful else payment.charge(key, f"o{number}", 5, "EUR"))
        match end:
            case Charged() | Found(state="done"):
                return "paid"
            case Declined() | Found(state="refused"):
                return "declined"
            case Found(state="absent"):
                doubtful = False
            case OutcomeUnknown():
                doubtful = True
            case _:
                assert isinstance(end, OutsideError)
        await asyncio.sleep(0.01)
    return "gave up"


async def flapping(sandbox: Sandbox) -> None:
    """The provider comes and goes."""
    for turn in range(8):
        await sandbox.set_up("payment", turn % 2 == 1)
        await asyncio.sleep(0.1)


@pytest.mark.slow
@pytest.mark.parametrize("adapter", ["rest", "grpc"])
@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_happens_each_order_is_charged_once_or_declined(adapter: str, seed: int, tmp_path: Path) -> None:
    async with (
        running(tmp_path / "ledger.db", seed=seed) as sandbox,
        connected(settings_for(sandbox, adapter, ("payment",), max_concurrent=64)) as board,
    ):
        impatient(board)
        for fault in QUICK_FAULTS:
            sandbox.plan.add({"fault": fault, "probability": 0.02})
        coming_and_going = asyncio.create_task(flapping(sandbox))
        ends = await asyncio.gather(*(paid(board.outside.payment, number) for number in range(BUYERS)))
        await coming_and_going

        judged = verdict(sandbox.ledger)
        assert "gave up" not in ends
        assert judged["problems"] == []
        assert len(judged["kept_by_order"]) == ends.count("paid")
        assert judged["captured"] == 5 * ends.count("paid")


@pytest.mark.parametrize("adapter", ["rest", "grpc"])
async def test_many_calls_at_once_to_nobody_are_all_not_sent_and_all_work_when_somebody_is_there(
    adapter: str, tmp_path: Path
) -> None:
    async with (
        running(tmp_path / "ledger.db") as sandbox,
        connected(settings_for(sandbox, adapter, ("payment",), max_concurrent=64)) as board,
    ):
        await sandbox.set_up("payment", False)
        payment = board.outside.payment
        ends = await asyncio.gather(*(ended(payment.charge(f"k:{n}", f"o{n}", 5, "EUR")) for n in range(50)))
        assert {type(each) for each in ends} == {NotSent}

        await sandbox.set_up("payment", True)
        impatient(board)
        assert await asyncio.gather(*(paid(payment, number) for number in range(50))) == ["paid"] * 50
