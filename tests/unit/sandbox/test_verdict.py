"""The judge of the sandbox: every rule of money is broken once here, and seen."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from appliance.sandbox.ledger import Entry, Ledger
from appliance.sandbox.verdict import verdict


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with closing(Ledger(":memory:")) as opened:
        yield opened


def charged(ledger: Ledger, order: str, amount: int = 500, *, run: int = 1) -> str:
    transaction = f"txn-{order}-{run}"
    answer = {"transaction_id": transaction, "amount": amount}
    _add(ledger, "charge", f"{order}:process_payment:{run}", {"order_id": order}, answer)
    return transaction


def refunded(ledger: Ledger, by: str, transaction: str, amount: int = 500) -> None:
    request = {"transaction_id": transaction, "amount": amount}
    _add(ledger, "refund", f"{by}:process_payment:undo", request, {"refund_id": "rfd", "amount": amount})


def _add(ledger: Ledger, operation: str, key: str, request: dict[str, Any], answer: dict[str, Any]) -> None:
    ledger.add(Entry("payment", operation, key, request, answer, None, "", "2026-12-01T09:00:00Z"))


def test_an_order_charged_and_one_given_back_break_no_rule(ledger: Ledger) -> None:
    charged(ledger, "order-1")
    refunded(ledger, "order-2", charged(ledger, "order-2"))

    found = verdict(ledger)

    assert found["problems"] == []
    assert found["kept_by_order"] == {"order-1": 500, "order-2": 0}


def test_two_charges_of_one_order_are_seen(ledger: Ledger) -> None:
    charged(ledger, "order-1")
    charged(ledger, "order-1", run=2)

    assert verdict(ledger)["problems"] == ["order order-1 was charged 2 times"]


def test_more_given_back_than_was_charged_is_seen(ledger: Ledger) -> None:
    refunded(ledger, "order-1", charged(ledger, "order-1"), 501)

    assert verdict(ledger)["problems"] == ["txn-order-1-1: 501 refunded of 500"]


def test_a_refund_of_another_s_charge_is_seen_although_the_sums_are_right(ledger: Ledger) -> None:
    first, second = charged(ledger, "order-1"), charged(ledger, "order-2")
    refunded(ledger, "order-1", second)
    refunded(ledger, "order-2", first)

    found = verdict(ledger)

    assert set(found["kept_by_order"].values()) == {0}
    assert found["problems"] == [
        f"{second}: charged by order-2, refunded by order-1",
        f"{first}: charged by order-1, refunded by order-2",
    ]


def test_whose_money_it_was_is_not_judged_by_keys_that_no_saga_gave(ledger: Ledger) -> None:
    transaction = charged(ledger, "order-1")
    request = {"transaction_id": transaction, "amount": 500}
    _add(ledger, "refund", "by-hand", request, {"refund_id": "rfd", "amount": 500})

    assert verdict(ledger)["problems"] == []
