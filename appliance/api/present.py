"""Answers to writes: pure functions of what was recorded, so that a repeated request gets the same bytes."""

from __future__ import annotations

from typing import Any, cast

from appliance.api.reply import encode
from appliance.application.ports import Outcome, Recorded
from appliance.domain import events as e


def document(outcome: Outcome) -> bytes:
    """A sale, void or refund: the event as it was recorded, under its place in the log. Encoded once, never parsed."""
    recorded = outcome.events[0]
    head = b'{"position":%d,"version":%d,"occurred_at":"%s",' % (
        recorded.position,
        recorded.version,
        recorded.occurred_at.encode(),
    )
    return head + recorded.data[1:]


def only(outcome: Outcome) -> Recorded:
    """The one event of an outcome that always has one."""
    return outcome.events[0]


def placed(outcome: Recorded, **fields: Any) -> bytes:
    """Fields, and where they stand in the log."""
    return encode({**fields, "version": outcome.version, "position": outcome.position})


def product(outcome: Outcome) -> bytes:
    """A product as it was written down."""
    recorded = only(outcome)
    event = cast("e.ProductDefined", recorded.event)
    return placed(
        recorded,
        product_id=event.product_id,
        name=event.name,
        kind=event.kind,
        tax_code=event.tax_code,
        barcodes=event.barcodes,
        price=event.price,
        shelf=event.shelf,
        active=event.active,
    )


def price_list(outcome: Outcome) -> bytes:
    """A price list: its last event says that it is whole."""
    recorded = outcome.events[-1]
    event = cast("e.PriceListActivated", recorded.event)
    return encode(
        {
            "version": event.version,
            "valid_from": event.valid_from,
            "parts": event.parts,
            "products": event.products,
            "position": recorded.position,
        }
    )


def stock(outcome: Outcome) -> bytes:
    """What was done to each product's book stock."""
    return encode({"id": next(iter(outcome.ids.values())), "lines": [_moved(each) for each in outcome.events]})


def _moved(recorded: Recorded) -> dict[str, Any]:
    event = cast("e.StockReceived | e.StockCounted | e.StockAdjusted", recorded.event)
    quantity = event.variance if isinstance(event, e.StockCounted) else event.quantity
    return {"product_id": event.product_id, "quantity": quantity, "position": recorded.position}


def customer(outcome: Outcome) -> bytes:
    """A customer, without the personal data: that stands sealed, and an answer made again must not need the key."""
    recorded = only(outcome)
    event = cast("e.CustomerRegistered", recorded.event)
    return placed(recorded, customer_id=event.customer_id, country=event.country)


def customer_erased(outcome: Outcome) -> bytes:
    """That a customer is no longer known by anything but the id."""
    return encode({"customer_id": outcome.ids["customer_id"], "erased": True})


def order_created(outcome: Outcome) -> bytes:
    """That an order stands."""
    return encode({"order_id": outcome.ids["order_id"], "status": "created", "message": "The order has been created."})


_MESSAGES = {"cancelling": "The order is being cancelled: what was done for it is being undone."}


def order_moved(outcome: Outcome) -> bytes:
    """What became of an order by what somebody did for it."""
    status = outcome.ids.get("status", "cancelled")  # nothing: written before an order had a way to go
    message = _MESSAGES.get(status, f"The order has been {status.replace('_', ' ')}.")
    return encode({"order_id": outcome.ids["order_id"], "status": status, "message": message})


def drawer_closed(outcome: Outcome) -> bytes:
    """The Z report."""
    recorded = only(outcome)
    return b'{"position":%d,"version":%d,' % (recorded.position, recorded.version) + encode(recorded.event)[1:]


def drawer_moved(outcome: Outcome) -> bytes:
    """What was done with a drawer."""
    recorded = only(outcome)
    event = cast("e.DrawerOpened | e.DrawerPaidIn | e.DrawerPaidOut | e.DrawerCounted", recorded.event)
    return placed(
        recorded,
        register_id=event.register_id,
        session=event.session,
        action=recorded.type.removeprefix("drawer."),
        amount=_drawer_amount(event),
        reason=getattr(event, "reason", None),
        operator=event.operator,
        approved_by=event.approved_by,
    )


def _drawer_amount(event: e.DrawerOpened | e.DrawerPaidIn | e.DrawerPaidOut | e.DrawerCounted) -> int:
    if isinstance(event, e.DrawerOpened):
        return event.opening_float
    return event.counted if isinstance(event, e.DrawerCounted) else event.amount
