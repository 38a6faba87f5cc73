"""What each step of an order's fulfilment asks of the outside world, under a key that every repetition shares.

Nothing here decides or records anything, and no name or address stays behind: they are opened for the one call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from appliance.application.outside import Declined, Found, Wanted
from appliance.domain.order import DELIVERY
from appliance.sagas.definition import Call, Data, as_data

PICK = "await_pick"
RESERVE = "reserve_inventory"
PAY = "process_payment"
SHIP = "create_shipment"

DECLINED = "payment declined: "
"""How a reason begins that the one who takes the money gave."""


class People(Protocol):
    """Personal data, opened at the moment it is needed and never kept."""

    async def address(self, order_id: str) -> Mapping[str, str] | None:
        """Where an order goes; None where it goes nowhere, or its customer has been erased."""
        ...

    async def contact(self, customer_id: str) -> Mapping[str, str] | None:
        """{name, email, phone} as far as it is known; None where the customer has been erased."""
        ...


class Known(People, Protocol):
    """What the store knows at the moment of a call."""

    async def given_back(self, order_id: str) -> int:
        """What tills gave back of the order's sale already; it does not change while the order is being undone."""
        ...


def due(input_: Data, results: Mapping[str, Data]) -> int:
    """What the customer owes: what was picked, or else what was ordered."""
    return int(results.get(PICK, {}).get("amount", input_["amount"]))


async def validate(call: Call) -> Data:
    """Look before anything is held: who has ordered what is gone by now is told at once."""
    found = await call.outside.inventory.check_availability(_wanted(call))
    if not found.all_available:
        missing = ", ".join(f"{each.product_id} ({each.available_quantity} left)" for each in found.unavailable_items)
        raise Declined("out_of_stock", f"not available: {missing}")
    return {}


async def ask_inventory(call: Call) -> Found:
    """What became of a reservation, or of its release."""
    return await call.outside.inventory.query(call.key)


async def release(call: Call) -> Data:
    """Let go of what was held."""
    held = call.results[RESERVE]["reservation_id"]
    return as_data(await call.outside.inventory.release(call.key, held))


async def pay(call: Call) -> Data:
    """Take what is owed; of nothing, nothing is taken."""
    amount = due(call.input, call.results)
    if amount == 0:
        return {"transaction_id": "", "amount": 0, "currency": call.input["currency"], "processed_at": ""}
    try:
        charged = await call.outside.payment.charge(call.key, call.subject, amount, call.input["currency"])
    except Declined as error:
        raise Declined(error.code, f"{DECLINED}{error.detail}") from error
    return as_data(charged)


async def ask_payment(call: Call) -> Found:
    """What became of the charge, or of its refund."""
    found = await call.outside.payment.query(call.key)
    return replace(found, detail=f"{DECLINED}{found.detail}") if found.state == "refused" else found


async def ask_refund(call: Call) -> Found:
    """What became of the refund."""
    return await call.outside.payment.query(call.key)


async def ask_shipping(call: Call) -> Found:
    """What became of the shipment, or of its cancellation."""
    return await call.outside.shipping.query(call.key)


async def cancel_shipment(call: Call) -> Data:
    """Stop what has not left."""
    return as_data(await call.outside.shipping.cancel(call.key, call.results[SHIP]["shipment_id"]))


async def ask_notification(call: Call) -> Found:
    """Whether the message went out."""
    return await call.outside.notification.query(call.key)


def check_charge(call: Call) -> None:
    """Refuse to let goods go for another amount than is owed: then all is undone, the wrong charge too."""
    charged, owed = call.results[PAY], due(call.input, call.results)
    if charged["amount"] != owed or charged["currency"] != call.input["currency"]:
        detail = f"{charged['amount']} {charged['currency']} were charged instead of {owed} {call.input['currency']}"
        raise Declined("wrong_amount", detail)


def _wanted(call: Call) -> list[Wanted]:
    return [Wanted(each["product_id"], each["quantity"]) for each in call.input["items"]]


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls that need to know who the customer is, or how long goods are held."""

    people: Known
    hold_s: int

    async def reserve(self, call: Call) -> Data:
        """Hold all of it or nothing, for no longer than the order may take."""
        inventory = call.outside.inventory
        return as_data(await inventory.reserve(call.key, call.subject, _wanted(call), expires_in_s=self.hold_s))

    async def refund(self, call: Call) -> Data:
        """Give back exactly what was taken, less what the customer has again from a till."""
        charged = call.results[PAY]
        left = charged["amount"] - await self.people.given_back(call.subject)
        if left <= 0:
            return {"refund_id": "", "amount": 0}
        return as_data(await call.outside.payment.refund(call.key, charged["transaction_id"], left))

    async def ship(self, call: Call) -> Data:
        """Make the shipment, or the place on the shelf."""
        check_charge(call)
        kind = call.input["kind"]
        address = await self.people.address(call.subject) if kind == DELIVERY else None
        if kind == DELIVERY and address is None:
            raise Declined("address-erased", "the customer has been erased, and the address with them")
        return as_data(await call.outside.shipping.create(call.key, call.subject, kind, address))

    async def notify_ready(self, call: Call) -> Data:
        """Tell the customer that the goods lie ready."""
        place = call.results.get(SHIP, {}).get("tracking_number", "")
        return await self._notify(call, "order_ready", {"place": place})

    async def confirm(self, call: Call) -> Data:
        """Tell the customer that it is done."""
        return await self._notify(call, "order_confirmed", {})

    async def _notify(self, call: Call, kind: str, more: Mapping[str, Any]) -> Data:
        recipient = await self.people.contact(call.input["customer_id"])
        content = {"order_id": call.subject, "total": due(call.input, call.results), **more}
        content["currency"] = call.input["currency"]
        done = await call.outside.notification.send(call.key, kind, recipient, content)
        return {**as_data(done), "told": recipient is not None}
