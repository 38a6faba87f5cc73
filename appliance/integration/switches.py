"""A port whose adapter may change under it: each call goes through the adapter that stands when it begins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from appliance.application.outside import (
    Availability,
    Charged,
    Done,
    Found,
    Inventory,
    Notification,
    Payment,
    Refunded,
    Reserved,
    Shipped,
    Shipping,
    Wanted,
)
from appliance.integration.line import Line
from appliance.integration.settings import PortSettings

P = TypeVar("P", Inventory, Payment, Shipping, Notification)
T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Standing(Generic[P]):
    """An adapter at work; `line` is there where its provider is somebody else's."""

    settings: PortSettings
    token: str
    adapter: P
    line: Line | None = None
    in_flight: int = 0
    retired: bool = False


Retire = Callable[[Line], None]


class Switch(Generic[P]):
    """One port's."""

    def __init__(self, standing: Standing[P], retire: Retire) -> None:
        self.now: Standing[P] = standing
        self._retire = retire

    def turn(self, standing: Standing[P]) -> None:
        """From now on calls go through this one; the one before ends with the last call it has."""
        before, self.now = self.now, standing
        before.retired = True
        self._end(before)

    async def through(self, call: Callable[[P], Awaitable[T]]) -> T:
        """Make a call through the adapter that stands now, whatever happens to it meanwhile."""
        standing = self.now
        standing.in_flight += 1
        try:
            return await call(standing.adapter)
        finally:
            standing.in_flight -= 1
            self._end(standing)

    def _end(self, standing: Standing[P]) -> None:
        if standing.retired and standing.in_flight == 0 and standing.line is not None:
            line, standing.line = standing.line, None
            self._retire(line)


class InventorySwitch(Switch[Inventory]):
    """`Inventory`, whoever it is today."""

    async def check_availability(self, items: Sequence[Wanted]) -> Availability:
        """As the port says."""
        return await self.through(lambda port: port.check_availability(items))

    async def reserve(self, key: str, order_id: str, items: Sequence[Wanted], *, expires_in_s: int) -> Reserved:
        """As the port says."""
        return await self.through(lambda port: port.reserve(key, order_id, items, expires_in_s=expires_in_s))

    async def release(self, key: str, reservation_id: str) -> Done:
        """As the port says."""
        return await self.through(lambda port: port.release(key, reservation_id))

    async def query(self, key: str) -> Found:
        """As the port says."""
        return await self.through(lambda port: port.query(key))


class PaymentSwitch(Switch[Payment]):
    """`Payment`, whoever it is today."""

    async def charge(self, key: str, order_id: str, amount: int, currency: str) -> Charged:
        """As the port says."""
        return await self.through(lambda port: port.charge(key, order_id, amount, currency))

    async def refund(self, key: str, transaction_id: str, amount: int) -> Refunded:
        """As the port says."""
        return await self.through(lambda port: port.refund(key, transaction_id, amount))

    async def query(self, key: str) -> Found:
        """As the port says."""
        return await self.through(lambda port: port.query(key))


class ShippingSwitch(Switch[Shipping]):
    """`Shipping`, whoever it is today."""

    async def create(self, key: str, order_id: str, kind: str, address: Mapping[str, str] | None) -> Shipped:
        """As the port says."""
        return await self.through(lambda port: port.create(key, order_id, kind, address))

    async def cancel(self, key: str, shipment_id: str) -> Done:
        """As the port says."""
        return await self.through(lambda port: port.cancel(key, shipment_id))

    async def query(self, key: str) -> Found:
        """As the port says."""
        return await self.through(lambda port: port.query(key))


class NotificationSwitch(Switch[Notification]):
    """`Notification`, whoever it is today."""

    async def send(self, key: str, kind: str, recipient: Mapping[str, str] | None, content: Mapping[str, Any]) -> Done:
        """As the port says."""
        return await self.through(lambda port: port.send(key, kind, recipient, content))

    async def query(self, key: str) -> Found:
        """As the port says."""
        return await self.through(lambda port: port.query(key))
