"""Whether what the providers did adds up: the rules that no fault may break."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from appliance.sandbox.ledger import Ledger


def verdict(ledger: Ledger) -> dict[str, Any]:
    """Totals, what is still held, and every rule that was broken; `problems` is empty where all is well."""
    charges = [
        _Charge(answer["transaction_id"], asked["order_id"], answer["amount"])
        for asked, answer in ledger.done("charge")
    ]
    refunded = _refunded(ledger)
    return {
        "captured": sum(each.amount for each in charges),
        "refunded": sum(refunded.values()),
        "kept_by_order": _kept(charges, refunded),
        "reservations_held": _held(ledger, "reserve", "reservation_id", "release"),
        "shipments_standing": _held(ledger, "create", "shipment_id", "cancel"),
        "messages": len(ledger.done("send")),
        "problems": [*_charged_twice(charges), *_refunded_too_much(charges, refunded)],
    }


@dataclass(frozen=True, slots=True)
class _Charge:
    transaction: str
    order: str
    amount: int


def _refunded(ledger: Ledger) -> Counter[str]:
    amounts: Counter[str] = Counter()
    for asked, answer in ledger.done("refund"):
        amounts[asked["transaction_id"]] += answer["amount"]
    return amounts


def _kept(charges: list[_Charge], refunded: Counter[str]) -> dict[str, int]:
    kept: Counter[str] = Counter()
    for each in charges:
        kept[each.order] += each.amount - refunded[each.transaction]
    return dict(kept)


def _charged_twice(charges: list[_Charge]) -> list[str]:
    by_order = Counter(each.order for each in charges)
    return [f"order {order} was charged {count} times" for order, count in by_order.items() if count > 1]


def _refunded_too_much(charges: list[_Charge], refunded: Counter[str]) -> list[str]:
    return [
        f"{each.transaction}: {refunded[each.transaction]} refunded of {each.amount}"
        for each in charges
        if refunded[each.transaction] > each.amount
    ]


def _held(ledger: Ledger, made: str, name: str, undone: str) -> list[str]:
    gone = {asked[name] for asked, _ in ledger.done(undone)}
    return sorted({answer[name] for _, answer in ledger.done(made)} - gone)
