"""The four providers' business: what a good one does when it is asked, once a key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from appliance.eventstore.clock import Clock, rfc3339
from appliance.integration.operations import Operation
from appliance.sandbox.faults import DONE_NEVERTHELESS, Plan
from appliance.sandbox.ledger import Document, Entry, Ledger

DELIVERY_DAYS = 3
WHERE = {"reserve": "reserved", "charge": "charged", "refund": "refunded", "create": "shipped"}  # else "done"


@dataclass(eq=False)
class Refused(Exception):
    """A definite no."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What is to be told about a call, and the fault to tell it with."""

    fault: str | None
    answer: Mapping[str, Any] | None = None
    refusal: Refused | None = None


class Providers:
    """All four, over one ledger. The same seed and the same calls give the same ids."""

    def __init__(self, ledger: Ledger, plan: Plan, clock: Clock) -> None:
        self.ledger = ledger
        self.plan = plan
        self._clock = clock

    def take(self, operation: Operation, key: str, request: Document) -> Taken:
        """Do what a call asks, as far as the fault it meets lets it be done."""
        fault = self.plan.draw(operation.port, operation.name)
        self.ledger.called(operation.port, operation.name, key, fault, self._now())
        if fault is not None and fault not in DONE_NEVERTHELESS and fault != "decline":
            return Taken(fault)
        try:
            answer = self._done(operation, key, request, fault)
        except Refused as refusal:
            return Taken(None, refusal=refusal)
        return Taken(fault, {**answer, "key": key})

    def _done(self, operation: Operation, key: str, request: Document, fault: str | None) -> Document:
        if operation.is_query:
            return self._known(operation, key, fault)
        if not operation.changes:
            return _availability(self, request, fault)
        before = self.ledger.find(operation.port, key)
        if before is not None:
            return _again(before, operation, request)
        return self._first(operation, key, request, fault)

    def _first(self, operation: Operation, key: str, request: Document, fault: str | None) -> Document:
        entry = Entry(operation.port, operation.name, key, request, None, None, "", self._now())
        try:
            _decline(fault)
            wish = {**request, "amount": request["amount"] + 1} if fault == "wrong_amount" else request
            answer = _WORK[operation.name](self, key, wish)
        except Refused as refusal:
            self.ledger.add(replace(entry, code=refusal.code, detail=refusal.detail))
            raise
        except (KeyError, TypeError, ValueError, InvalidOperation) as error:
            raise Refused("invalid-request", f"The request cannot be understood: {error!r}.") from error
        self.ledger.add(replace(entry, answer=answer))
        return answer

    def _known(self, operation: Operation, key: str, fault: str | None) -> Document:
        _decline(fault)
        entry = self.ledger.find(operation.port, key)
        if entry is None:
            return {"state": "absent"}
        if entry.answer is None:
            return {"state": "refused", "detail": f"{entry.code}: {entry.detail}"}
        return {"state": "done", WHERE.get(entry.operation, "done"): entry.answer}

    # --- what the work is made of ---------------------------------------------------------------------------------

    def id_for(self, kind: str, key: str) -> str:
        """An id that the seed and the key decide."""
        return f"{kind}-{hashlib.sha256(f'{self.plan.seed}/{kind}/{key}'.encode()).hexdigest()[:16]}"

    def now(self) -> datetime:
        """The time."""
        return self._clock()

    def _now(self) -> str:
        return rfc3339(self._clock())

    def held(self) -> Mapping[str, Decimal]:
        """How much of each product is reserved: not released, not expired."""
        released = {asked["reservation_id"] for asked, _ in self.ledger.done("release")}
        held: dict[str, Decimal] = {}
        for asked, answer in self.ledger.done("reserve"):
            if answer["reservation_id"] not in released and answer["expires_at"] > self._now():
                for product, quantity in _summed(asked["items"]).items():
                    held[product] = held.get(product, Decimal(0)) + quantity
        return held

    def missing(self, items: list[dict[str, str]]) -> list[dict[str, str]]:
        """What of these is not there in the quantity asked for."""
        wanted = _summed(items)
        limits = {product: limit for product in wanted if (limit := self.ledger.stock(product)) is not None}
        held = self.held() if limits else {}
        short = []
        for product, limit in limits.items():
            free = max(Decimal(limit) - held.get(product, Decimal(0)), Decimal(0))
            if free < wanted[product]:
                texts = (product, f"{wanted[product]:f}", f"{free:f}")
                short.append(dict(zip(("product_id", "requested_quantity", "available_quantity"), texts, strict=True)))
        return short


def _summed(items: list[dict[str, str]]) -> dict[str, Decimal]:
    wanted: dict[str, Decimal] = {}
    for item in items:
        wanted[item["product_id"]] = wanted.get(item["product_id"], Decimal(0)) + Decimal(item["quantity"])
    return wanted


def _decline(fault: str | None) -> None:
    if fault == "decline":
        raise Refused("declined", "The sandbox was told to decline this.")


def _again(before: Entry, operation: Operation, request: Document) -> Document:
    if before.operation != operation.name or before.request != request:
        raise Refused("key-reused", "This key was used for another request.")
    if before.answer is None:
        raise Refused(before.code or "refused", before.detail)
    return before.answer


def _availability(providers: Providers, request: Document, fault: str | None) -> Document:
    _decline(fault)
    short = providers.missing(request["items"])
    return {"all_available": not short, "unavailable_items": short}


def _reserve(providers: Providers, key: str, request: Document) -> Document:
    if short := providers.missing(request["items"]):
        raise Refused(
            "out_of_stock", ", ".join(f"{each['product_id']}: {each['available_quantity']}" for each in short)
        )
    until = providers.now() + timedelta(seconds=request["expires_in_s"])
    return {"reservation_id": providers.id_for("res", key), "expires_at": rfc3339(until)}


def _release(providers: Providers, key: str, request: Document) -> Document:
    del providers, key, request  # whatever it was, it is not held afterwards
    return {"reference": "released"}


def _charge(providers: Providers, key: str, request: Document) -> Document:
    amount = request["amount"]
    if amount <= 0:
        raise Refused("invalid-amount", f"{amount} cannot be charged.")
    return {
        "transaction_id": providers.id_for("txn", key),
        "amount": amount,
        "currency": request["currency"],
        "processed_at": rfc3339(providers.now()),
    }


def _refund(providers: Providers, key: str, request: Document) -> Document:
    transaction, amount = request["transaction_id"], request["amount"]
    charged = {answer["transaction_id"]: answer["amount"] for _, answer in providers.ledger.done("charge")}
    if transaction not in charged:
        raise Refused("unknown-transaction", f"There is no transaction {transaction}.")
    refunds = providers.ledger.done("refund")
    before = sum(answer["amount"] for asked, answer in refunds if asked["transaction_id"] == transaction)
    left = charged[transaction] - before
    if not 0 < amount <= left:
        raise Refused("invalid-amount", f"{amount} cannot be given back of {left}.")
    return {"refund_id": providers.id_for("rfd", key), "amount": amount}


def _create(providers: Providers, key: str, request: Document) -> Document:
    if request["kind"] == "delivery" and not request["address"]:
        raise Refused("no-address", "A delivery needs an address.")
    return {
        "shipment_id": providers.id_for("shp", key),
        "carrier": "Sandbox Express",
        "tracking_number": providers.id_for("track", key).upper(),
        "estimated_delivery": (providers.now() + timedelta(days=DELIVERY_DAYS)).date().isoformat(),
    }


def _cancel(providers: Providers, key: str, request: Document) -> Document:
    del key
    made = {answer["shipment_id"] for _, answer in providers.ledger.done("create")}
    if request["shipment_id"] not in made:
        raise Refused("unknown-shipment", f"There is no shipment {request['shipment_id']}.")
    return {"reference": "cancelled"}


def _send(providers: Providers, key: str, request: Document) -> Document:
    if not request["recipient"]:
        raise Refused("no-recipient", "Nobody to tell.")
    return {"reference": providers.id_for("msg", key)}


_WORK: Mapping[str, Callable[[Providers, str, Document], Document]] = {
    "reserve": _reserve,
    "release": _release,
    "charge": _charge,
    "refund": _refund,
    "create": _create,
    "cancel": _cancel,
    "send": _send,
}
