"""Whether what the providers did adds up: the rules that no fault may break."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from appliance.sandbox.ledger import Entry, Ledger


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
        "problems": [*_charged_twice(charges), *_refunded_too_much(charges, refunded), *_refunded_by_another(ledger)],
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


def _refunded_by_another(ledger: Ledger) -> list[str]:
    """Sums may be right although one order's money went back for another's: the keys of sagas say whose a call was."""
    done = [(each, saga) for each in ledger.entries() if each.answer and (saga := _saga(each))]
    payers = {each.answer["transaction_id"]: saga for each, saga in done if each.answer and each.operation == "charge"}
    refunds = [(each.request["transaction_id"], saga) for each, saga in done if each.operation == "refund"]
    return [
        f"{transaction}: charged by {payers[transaction]}, refunded by {saga}"
        for transaction, saga in refunds
        if payers.get(transaction, saga) != saga
    ]


def _saga(entry: Entry) -> str | None:
    """Whose call it was: keys are `<saga>:<step>:<run>` and `<saga>:<step>:undo`; None for a key of another shape."""
    match entry.key.rsplit(":", 2):
        case [saga, _, _]:
            return saga
        case _:
            return None


def _held(ledger: Ledger, made: str, name: str, undone: str) -> list[str]:
    gone = {asked[name] for asked, _ in ledger.done(undone)}
    return sorted({answer[name] for _, answer in ledger.done(made)} - gone)
