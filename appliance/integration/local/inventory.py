"""The store's own stock as the one that holds goods back."""

from __future__ import annotations

import json
from collections.abc import Sequence

from appliance.application import outside as o
from appliance.application.commands_fulfilment import ReleaseStock, ReservedLine, ReserveStock
from appliance.application.handlers import reservations as held
from appliance.application.ports import UnitOfWork
from appliance.domain import reservation
from appliance.eventstore.ids import uuid7
from appliance.integration.local.deeds import Deeds, Facts


class LocalInventory:
    """Goods are held in the book that tills sell from: one writer decides, so none is promised twice."""

    def __init__(self, deeds: Deeds) -> None:
        self._deeds = deeds

    async def check_availability(self, items: Sequence[o.Wanted]) -> o.Availability:
        """Look, and hold nothing."""
        wanted = reservation.summed((each.product_id, each.quantity) for each in items)
        missing = await self._deeds.transactions.run(lambda uow: _missing(uow, wanted), behind=True)
        return o.Availability(not missing, tuple(o.Unavailable(**each) for each in held.unavailable(missing)))

    async def reserve(self, key: str, order_id: str, items: Sequence[o.Wanted], *, expires_in_s: int) -> o.Reserved:
        """Hold all of it or nothing."""
        command = ReserveStock(
            reservation_id=uuid7(),
            order_id=order_id,
            lines=tuple(ReservedLine(product_id=each.product_id, quantity=each.quantity) for each in items),
            expires_in_s=expires_in_s,
        )
        about = json.dumps([order_id, [[each.product_id, each.quantity] for each in items]])
        return _reserved(await self._deeds.do(key, "reserve", about, command))

    async def release(self, key: str, reservation_id: str) -> o.Done:
        """Let go of what is still held."""
        facts = await self._deeds.do(key, "release", reservation_id, ReleaseStock(reservation_id=reservation_id))
        return o.Done(facts["reservation_id"])

    async def query(self, key: str) -> o.Found:
        """What became of a `reserve` or `release`."""
        return await self._deeds.found(key, _answer)


def _missing(uow: UnitOfWork, wanted: dict[str, int]) -> tuple[reservation.Missing, ...]:
    return reservation.missing(wanted, held.stocked(uow, wanted))


def _answer(facts: Facts) -> o.Answer:
    return _reserved(facts) if "expires_at" in facts else o.Done(facts["reservation_id"])


def _reserved(facts: Facts) -> o.Reserved:
    return o.Reserved(facts["reservation_id"], facts["expires_at"])
