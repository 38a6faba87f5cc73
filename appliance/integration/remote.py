"""The four ports over a line to somebody else's provider: what is asked, and what counts as an answer to it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from appliance.application.outside import (
    Availability,
    Charged,
    Done,
    Found,
    OutcomeUnknown,
    Refunded,
    Reserved,
    Shipped,
    Wanted,
)
from appliance.integration import operations as op
from appliance.integration import wire
from appliance.integration.line import Line, Read

T = TypeVar("T")

NOT_SENT_ERASED = "not sent: the customer's data was erased"


class _Remote:
    """What all four have."""

    def __init__(self, line: Line) -> None:
        self.line = line

    async def query(self, key: str) -> Found:
        """What the provider says became of a key. Raises NotSent or OutcomeUnknown, nothing else."""
        return await self.line.call(op.QUERIES[self.line.port], key, {}, wire.found)


class RemoteInventory(_Remote):
    """Somebody else's stock."""

    async def check_availability(self, items: Sequence[Wanted]) -> Availability:
        """Look; the key is only there to tell answers apart."""
        asked = {"items": wire.wanted(items)}
        return await self.line.call(op.CHECK_AVAILABILITY, uuid.uuid4().hex, asked, wire.availability)

    async def reserve(self, key: str, order_id: str, items: Sequence[Wanted], *, expires_in_s: int) -> Reserved:
        """Hold all of it."""
        asked = {"order_id": order_id, "items": wire.wanted(items), "expires_in_s": expires_in_s}
        return await self.line.call(op.RESERVE, key, asked, _as(Reserved))

    async def release(self, key: str, reservation_id: str) -> Done:
        """Let go."""
        return await self.line.call(op.RELEASE, key, {"reservation_id": reservation_id}, _as(Done))


class RemotePayment(_Remote):
    """Somebody else's way to the customer's money."""

    async def charge(self, key: str, order_id: str, amount: int, currency: str) -> Charged:
        """Take exactly this much: another amount in the answer means that nobody knows what was taken."""

        def exactly(document: wire.Document, of: str) -> Charged:
            charged = wire.read(document, of, Charged)
            if (charged.amount, charged.currency) != (amount, currency):
                told = f"{charged.amount} {charged.currency}"
                raise OutcomeUnknown("wrong-amount", f"{amount} {currency} were asked for, {told} were charged.")
            return charged

        asked = {"order_id": order_id, "amount": amount, "currency": currency}
        return await self.line.call(op.CHARGE, key, asked, exactly)

    async def refund(self, key: str, transaction_id: str, amount: int) -> Refunded:
        """Give exactly this much back."""

        def exactly(document: wire.Document, of: str) -> Refunded:
            refunded = wire.read(document, of, Refunded)
            if refunded.amount != amount:
                raise OutcomeUnknown("wrong-amount", f"{amount} were asked for, {refunded.amount} were given back.")
            return refunded

        return await self.line.call(op.REFUND, key, {"transaction_id": transaction_id, "amount": amount}, exactly)


class RemoteShipping(_Remote):
    """Somebody else's vans."""

    async def create(self, key: str, order_id: str, kind: str, address: Mapping[str, str] | None) -> Shipped:
        """Have it brought."""
        asked = {"order_id": order_id, "kind": kind, "address": dict(address or {})}
        return await self.line.call(op.CREATE, key, asked, _as(Shipped))

    async def cancel(self, key: str, shipment_id: str) -> Done:
        """Have it stopped."""
        return await self.line.call(op.CANCEL, key, {"shipment_id": shipment_id}, _as(Done))


class RemoteNotification(_Remote):
    """Somebody else's messages."""

    async def send(self, key: str, kind: str, recipient: Mapping[str, str] | None, content: Mapping[str, Any]) -> Done:
        """Send one message; to a customer who was erased nothing is sent at all."""
        if recipient is None:
            return Done(NOT_SENT_ERASED)
        asked = {"kind": kind, "recipient": dict(recipient), "content_json": json.dumps(content, sort_keys=True)}
        return await self.line.call(op.SEND, key, asked, _as(Done))


def _as(kind: type[T]) -> Read[T]:
    return partial(wire.read, kind=kind)
