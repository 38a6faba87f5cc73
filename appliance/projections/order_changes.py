"""What each event of an order's way changes in its row: the columns, and what goes into them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from appliance.domain import events_fulfilment as f
from appliance.domain import order as orders
from appliance.domain.events import Event, OrderCancelled

PAID = "paid"
DECLINED = "declined"
REFUNDED = "refunded"
STOPPED = "cancelled"


class Change(NamedTuple):
    """Columns as the SET of an UPDATE, and the parameters they take from the event."""

    columns: str
    parameters: Callable[[Any], Sequence[object]]


def _status(event_class: type) -> str:
    return f"status = '{orders.STATUS_AFTER[event_class]}'"


def _json(value: Any) -> str:
    return json.dumps(msgspec.to_builtins(value), ensure_ascii=False)


def _picked(event: f.OrderPicked) -> Sequence[object]:
    return event.total, _json({"items": event.items, "short": event.short})


def _payment(transaction_id: str | None, status: str, amount: int, reason: str | None, at: str | None) -> str:
    return _json(
        {
            "transaction_id": transaction_id,
            "status": status,
            "amount": amount,
            "failure_reason": reason,
            "processed_at": at,
        }
    )


def _paid(event: f.OrderPaid) -> Sequence[object]:
    return (_payment(event.transaction_id or None, PAID, event.amount, None, event.processed_at),)


def _declined(event: f.OrderPaymentDeclined) -> Sequence[object]:
    return (_payment(None, DECLINED, event.amount, event.reason, None),)


def _shipment(
    event: f.OrderShipped | f.OrderReadyForCollection, tracking_number: str, status: str, estimated: str | None
) -> Sequence[object]:
    return (
        _json(
            {
                "shipment_id": event.shipment_id,
                "carrier": event.carrier,
                "tracking_number": tracking_number,
                "status": status,
                "estimated_delivery": estimated,
            }
        ),
    )


def _shipped(event: f.OrderShipped) -> Sequence[object]:
    return _shipment(event, event.tracking_number, orders.SHIPPED, event.estimated_delivery)


def _ready(event: f.OrderReadyForCollection) -> Sequence[object]:
    return _shipment(event, event.place, orders.READY_FOR_COLLECTION, None)


def _reason(event: Any) -> Sequence[object]:
    return (event.reason,)


def _nothing(_: Event) -> Sequence[object]:
    return ()


_SHIPMENT = "shipment = CASE WHEN shipment IS NULL THEN NULL ELSE json_set(shipment, '$.status', '{}') END"
_ENDED = "reason = ?"

CHANGES: Mapping[type, Change] = {
    f.OrderReserved: Change(
        f"status = CASE kind WHEN '{orders.PICKUP}' THEN '{orders.AWAITING_PICK}' ELSE '{orders.RESERVED}' END",
        _nothing,
    ),
    f.OrderPicked: Change(f"{_status(f.OrderPicked)}, total = ?, picked = ?", _picked),
    f.OrderPaid: Change(f"{_status(f.OrderPaid)}, payment = ?", _paid),
    f.OrderPaymentDeclined: Change("payment = ?", _declined),
    f.OrderRefunded: Change(
        f"payment = CASE WHEN payment IS NULL THEN NULL ELSE json_set(payment, '$.status', '{REFUNDED}') END", _nothing
    ),
    f.OrderShipped: Change(f"{_status(f.OrderShipped)}, shipment = ?", _shipped),
    f.OrderReadyForCollection: Change(f"{_status(f.OrderReadyForCollection)}, shipment = ?", _ready),
    f.OrderShipmentCancelled: Change(_SHIPMENT.format(STOPPED), _nothing),
    f.OrderHandedOver: Change(f"{_status(f.OrderHandedOver)}, {_SHIPMENT.format(orders.HANDED_OVER)}", _nothing),
    f.OrderConfirmed: Change(_status(f.OrderConfirmed), _nothing),
    f.OrderTurnedBack: Change(f"{_status(f.OrderTurnedBack)}, {_ENDED}", _reason),
    f.OrderStuck: Change(f"{_status(f.OrderStuck)}, {_ENDED}", _reason),
    f.OrderFailed: Change(f"{_status(f.OrderFailed)}, {_ENDED}", _reason),
    f.OrderExpired: Change(f"{_status(f.OrderExpired)}, {_ENDED}", _reason),
    OrderCancelled: Change(f"{_status(OrderCancelled)}, {_ENDED}", _reason),
}
