"""Payment where nobody else is asked: the store keeps the record, its own terminal or cash box has the money."""

from __future__ import annotations

from appliance.application import outside as o
from appliance.application.commands_fulfilment import RecordDeed
from appliance.eventstore.clock import rfc3339
from appliance.eventstore.ids import uuid7
from appliance.integration.local.deeds import Deeds, Facts

CHARGE = "charge"
REFUND = "refund"


class LocalPayment:
    """Writes down what staff take and give back by terminal or cash; it never declines."""

    def __init__(self, deeds: Deeds) -> None:
        self._deeds = deeds

    async def charge(self, key: str, order_id: str, amount: int, currency: str) -> o.Charged:
        """Note that this much is taken for the order."""
        facts = {
            "transaction_id": uuid7(),
            "order_id": order_id,
            "amount": str(amount),
            "currency": currency,
            "processed_at": rfc3339(self._deeds.clock()),
        }
        about = f"{order_id} {amount} {currency}"
        return _charged(await self._deeds.do(key, CHARGE, about, RecordDeed(kind=CHARGE, facts=facts)))

    async def refund(self, key: str, transaction_id: str, amount: int) -> o.Refunded:
        """Note that this much is given back."""
        facts = {"refund_id": uuid7(), "transaction_id": transaction_id, "amount": str(amount)}
        about = f"{transaction_id} {amount}"
        return _refunded(await self._deeds.do(key, REFUND, about, RecordDeed(kind=REFUND, facts=facts)))

    async def query(self, key: str) -> o.Found:
        """What became of a `charge` or `refund`."""
        return await self._deeds.found(key, _answer)


def _answer(facts: Facts) -> o.Answer:
    return _charged(facts) if facts["kind"] == CHARGE else _refunded(facts)


def _charged(facts: Facts) -> o.Charged:
    return o.Charged(facts["transaction_id"], int(facts["amount"]), facts["currency"], facts["processed_at"])


def _refunded(facts: Facts) -> o.Refunded:
    return o.Refunded(facts["refund_id"], int(facts["amount"]))
