"""Shipping where nobody else is asked: a place on the pickup shelf, or the store's own van."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.application import outside as o
from appliance.application.commands_fulfilment import RecordDeed
from appliance.eventstore.ids import uuid7
from appliance.integration.local.deeds import Deeds, Facts

SHIPMENT = "shipment"
CANCELLED = "shipment-cancelled"
CARRIERS = {"pickup": "pickup-shelf", "delivery": "store"}
PLACE_LETTERS = 5  # of the order's id: short enough to be written on a bag, and two alike are told apart by the rest


class LocalShipping:
    """Writes down what is made ready; the address stays with the order, for whoever drives."""

    def __init__(self, deeds: Deeds) -> None:
        self._deeds = deeds

    async def create(self, key: str, order_id: str, kind: str, address: Mapping[str, str] | None) -> o.Shipped:
        """Make it ready under a short name that is found on the bag."""
        del address  # personal data, and nobody outside needs it
        facts = {
            "shipment_id": uuid7(),
            "carrier": CARRIERS.get(kind, CARRIERS["delivery"]),
            "tracking_number": order_id[-PLACE_LETTERS:].upper(),
        }
        command = RecordDeed(kind=SHIPMENT, facts=facts)
        return _shipped(await self._deeds.do(key, SHIPMENT, f"{order_id} {kind}", command))

    async def cancel(self, key: str, shipment_id: str) -> o.Done:
        """Take it off the shelf again."""
        command = RecordDeed(kind=CANCELLED, facts={"shipment_id": shipment_id})
        facts = await self._deeds.do(key, CANCELLED, shipment_id, command)
        return o.Done(facts["shipment_id"])

    async def query(self, key: str) -> o.Found:
        """What became of a `create` or `cancel`."""
        return await self._deeds.found(key, _answer)


def _answer(facts: Facts) -> o.Answer:
    return _shipped(facts) if facts["kind"] == SHIPMENT else o.Done(facts["shipment_id"])


def _shipped(facts: Facts) -> o.Shipped:
    return o.Shipped(facts["shipment_id"], facts["carrier"], facts["tracking_number"])
