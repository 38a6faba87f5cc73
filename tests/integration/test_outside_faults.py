"""Every fault of a provider against every call: what the store is told, and what the provider has on its books."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from appliance.application.outside import Declined, OutcomeUnknown, Outside, OutsideError, TryAgain, Wanted
from appliance.sandbox.faults import FAULTS
from appliance.sandbox.sandbox import Sandbox, running
from appliance.sandbox.verdict import verdict
from tests.support.outside import connected, ended, settings_for

TIMEOUT_SECONDS = 2.0  # long for what works on a busy machine, and some faults take all of it
ITEMS = (Wanted("tea", "1"),)

Kind = type[OutsideError]

# What a call that changes something ends in, and what the provider knows of its key afterwards.
CHANGES: Mapping[str, tuple[Kind, str]] = {
    "decline": (Declined, "refused"),
    "busy": (TryAgain, "absent"),
    "error": (OutcomeUnknown, "absent"),
    "error_after": (OutcomeUnknown, "done"),
    "timeout": (OutcomeUnknown, "done"),
    "hang": (OutcomeUnknown, "absent"),
    "drip": (OutcomeUnknown, "done"),
    "twice": (OutcomeUnknown, "done"),
    "mixed_up": (OutcomeUnknown, "done"),
    "wrong_amount": (OutcomeUnknown, "done"),
    "garbage": (OutcomeUnknown, "done"),
    "huge": (OutcomeUnknown, "done"),
    "redirect": (OutcomeUnknown, "absent"),
    "reset": (OutcomeUnknown, "done"),
    "reset_before": (OutcomeUnknown, "absent"),
}

Make = Callable[[Outside, Any], Awaitable[Any]]

CALLS: Mapping[tuple[str, str], Make] = {
    ("inventory", "reserve"): lambda to, _: to.inventory.reserve("k:reserve", "o1", ITEMS, expires_in_s=600),
    ("inventory", "release"): lambda to, had: to.inventory.release("k:release", had["reservation"]),
    ("payment", "charge"): lambda to, _: to.payment.charge("k:charge", "o1", 1299, "EUR"),
    ("payment", "refund"): lambda to, had: to.payment.refund("k:refund", had["transaction"], 500),
    ("shipping", "create"): lambda to, _: to.shipping.create("k:create", "o1", "pickup", None),
    ("shipping", "cancel"): lambda to, had: to.shipping.cancel("k:cancel", had["shipment"]),
    ("notification", "send"): lambda to, _: to.notification.send("k:send", "hello", {"email": "a@example.org"}, {}),
}


async def had(to: Outside) -> Any:
    """What was done before anything went wrong."""
    return {
        "reservation": (await to.inventory.reserve("before:r", "o0", ITEMS, expires_in_s=600)).reservation_id,
        "transaction": (await to.payment.charge("before:p", "o0", 1000, "EUR")).transaction_id,
        "shipment": (await to.shipping.create("before:s", "o0", "pickup", None)).shipment_id,
    }


def met(sandbox: Sandbox, fault: str) -> list[tuple[str, str]]:
    """The calls that can meet this fault."""
    return [(port, name) for port, name in CALLS if fault != "wrong_amount" or name in {"charge", "refund"}]


def knows(to: Outside, port: str, name: str) -> Awaitable[Any]:
    query: Awaitable[Any] = getattr(to, port).query(f"k:{name}")
    return query


@pytest.mark.parametrize("adapter", ["rest", "grpc"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_told_for_what_it_is_and_a_query_finds_out_what_was_done(
    fault: str, adapter: str, tmp_path: Path
) -> None:
    kind, known = CHANGES[fault]
    async with (
        running(tmp_path / "ledger.db") as sandbox,
        connected(settings_for(sandbox, adapter, timeout_s=TIMEOUT_SECONDS)) as board,
    ):
        to, before, calls = board.outside, await had(board.outside), met(sandbox, fault)
        for _, name in calls:
            sandbox.plan.add({"operation": name, "fault": fault, "count": 1})
        ends = await asyncio.gather(*(ended(CALLS[call](to, before)) for call in calls))
        found = await asyncio.gather(*(knows(to, *call) for call in calls))

        assert [each.state for each in found] == [known] * len(calls)
        if fault == "twice" and adapter == "rest":  # the first answer is a true one, and the second is never read
            assert [each.answer for each in found] == ends
        else:
            assert [type(each) for each in ends] == [kind] * len(calls)

        again = await asyncio.gather(*(ended(CALLS[call](to, before)) for call in calls))
        if known == "refused":
            assert [type(each) for each in again] == [Declined] * len(calls)
        if known == "absent" or (known == "done" and fault != "wrong_amount"):
            assert not [each for each in again if isinstance(each, OutsideError)]
        assert verdict(sandbox.ledger)["problems"] == []
        assert sandbox.control.trapped == []


@pytest.mark.parametrize("adapter", ["rest", "grpc"])
@pytest.mark.parametrize("fault", [each for each in FAULTS if each not in {"wrong_amount", "twice"}])
async def test_a_look_that_fails_may_be_made_again_and_a_query_that_fails_leaves_the_outcome_unknown(
    fault: str, adapter: str, tmp_path: Path
) -> None:
    async with (
        running(tmp_path / "ledger.db") as sandbox,
        connected(settings_for(sandbox, adapter, timeout_s=TIMEOUT_SECONDS)) as board,
    ):
        for name in ("check_availability", "query"):
            sandbox.plan.add({"operation": name, "fault": fault})
        looks = [board.outside.inventory.check_availability(ITEMS)]
        queries = [getattr(board.outside, port).query("k") for port in ("inventory", "payment", "shipping")]
        ends = await asyncio.gather(*(ended(each) for each in [*looks, *queries]))

    look = Declined if fault == "decline" else TryAgain
    assert [type(each) for each in ends] == [look] + [OutcomeUnknown] * len(queries)


async def test_an_answer_left_over_in_a_connection_is_never_taken_for_the_next_one(tmp_path: Path) -> None:
    async with running(tmp_path / "ledger.db") as sandbox, connected(settings_for(sandbox, "rest")) as board:
        sandbox.plan.add({"operation": "charge", "fault": "twice"})

        charges = [await board.outside.payment.charge(f"k:{number}", f"o{number}", 5, "EUR") for number in range(5)]

        assert len({each.transaction_id for each in charges}) == 5
        assert verdict(sandbox.ledger)["captured"] == 25


async def test_the_ledger_outlives_the_sandbox_and_tells_a_wrong_amount(tmp_path: Path) -> None:
    async with running(tmp_path / "ledger.db") as sandbox, connected(settings_for(sandbox, "rest")) as board:
        sandbox.plan.add({"fault": "wrong_amount", "count": 1})
        assert isinstance(await ended(board.outside.payment.charge("k", "o1", 100, "EUR")), OutcomeUnknown)

    async with running(tmp_path / "ledger.db") as sandbox:
        assert verdict(sandbox.ledger)["kept_by_order"] == {"o1": 101}
