"""Events to records and back: the one table that binds classes to the names and versions on the wire.

A record is UTF-8 JSON with a fixed key order (`Envelope`). Renaming a class must not touch history, so the type
literals stand here as text; a field that changes its meaning gets a new schema version and an upcaster from the old.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from appliance.application.ports import Recorded
from appliance.domain import events as e
from appliance.domain import events_access as access
from appliance.domain import events_fulfilment as f
from appliance.domain import events_hq as hq
from appliance.domain import events_saga as s
from appliance.domain.events import Event

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

TYPES: Mapping[str, tuple[int, type[Event]]] = {
    "product.defined": (1, e.ProductDefined),
    "pricelist.staged": (1, e.PriceListStaged),
    "pricelist.activated": (1, e.PriceListActivated),
    "stock.received": (1, e.StockReceived),
    "stock.counted": (1, e.StockCounted),
    "stock.adjusted": (1, e.StockAdjusted),
    "sale.completed": (1, e.SaleCompleted),
    "sale.voided": (1, e.SaleVoided),
    "refund.completed": (1, e.RefundCompleted),
    "register.added": (1, e.RegisterAdded),
    "drawer.opened": (1, e.DrawerOpened),
    "drawer.paid_in": (1, e.DrawerPaidIn),
    "drawer.paid_out": (1, e.DrawerPaidOut),
    "drawer.counted": (1, e.DrawerCounted),
    "drawer.closed": (1, e.DrawerClosed),
    "customer.registered": (1, e.CustomerRegistered),
    "customer.erased": (1, e.CustomerErased),
    "order.created": (1, e.OrderCreated),
    "order.cancelled": (1, e.OrderCancelled),
    "store.incarnated": (1, e.StoreIncarnated),
    "saga.started": (1, s.SagaStarted),
    "saga.step_completed": (1, s.SagaStepCompleted),
    "saga.step_waiting": (1, s.SagaStepWaiting),
    "saga.escalated": (1, s.SagaEscalated),
    "saga.step_held": (1, s.SagaStepHeld),
    "saga.retry_scheduled": (1, s.SagaRetryScheduled),
    "saga.compensation_started": (1, s.SagaCompensationStarted),
    "saga.step_undone": (1, s.SagaStepUndone),
    "saga.stuck": (1, s.SagaStuck),
    "saga.cancel_requested": (1, s.SagaCancelRequested),
    "saga.operator_acted": (1, s.SagaOperatorActed),
    "saga.completed": (1, s.SagaCompleted),
    "saga.compensated": (1, s.SagaCompensated),
    "operator.added": (1, access.OperatorAdded),
    "operator.role_changed": (1, access.OperatorRoleChanged),
    "operator.disabled": (1, access.OperatorDisabled),
    "operator.pin_set": (1, access.OperatorPinSet),
    "session.opened": (1, access.SessionOpened),
    "session.closed": (1, access.SessionClosed),
    "action.approved": (1, access.ActionApproved),
    "access.refused": (1, access.AccessRefused),
    "stock.reserved": (1, f.StockReserved),
    "stock.released": (1, f.StockReleased),
    "stock.issued": (1, f.StockIssued),
    "order.reserved": (1, f.OrderReserved),
    "order.picked": (1, f.OrderPicked),
    "order.paid": (1, f.OrderPaid),
    "order.payment_declined": (1, f.OrderPaymentDeclined),
    "order.refunded": (1, f.OrderRefunded),
    "order.shipped": (1, f.OrderShipped),
    "order.ready_for_collection": (1, f.OrderReadyForCollection),
    "order.shipment_cancelled": (1, f.OrderShipmentCancelled),
    "order.handed_over": (1, f.OrderHandedOver),
    "order.confirmed": (1, f.OrderConfirmed),
    "order.turned_back": (1, f.OrderTurnedBack),
    "order.failed": (1, f.OrderFailed),
    "order.expired": (1, f.OrderExpired),
    "order.stuck": (1, f.OrderStuck),
    "hq.command_applied": (1, hq.CommandApplied),
    "hq.command_refused": (1, hq.CommandRefused),
    "product.recalled": (1, hq.ProductRecalled),
    "product.recall_lifted": (1, hq.RecallLifted),
    "register.shut": (1, hq.RegisterShut),
    "register.reopened": (1, hq.RegisterReopened),
    "stock.transferred": (1, hq.StockTransferred),
    "pricelist.refused": (1, hq.PriceListRefused),
    "settings.changed": (1, hq.SettingsChanged),
    "settings.refused": (1, hq.SettingsRefused),
}

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}
"""(type, schema version) -> what makes its data the next version's; applied until the present version is reached."""

NAMES: Mapping[type[Event], str] = {cls: name for name, (_, cls) in TYPES.items()}


class UnknownEvent(Exception):
    """A record of a type, or of a version of it, that this program has no code for."""


class Envelope(msgspec.Struct, gc=False):
    """The record's fields in their fixed order."""

    position: int
    incarnation: int
    event_id: str
    stream_id: str
    version: int
    type: str
    schema_version: int
    occurred_at: str
    recorded_at: str
    metadata: msgspec.Raw
    data: msgspec.Raw


_encode = msgspec.json.encode
_decode_envelope = msgspec.json.Decoder(Envelope).decode
_decode_mapping = msgspec.json.Decoder(dict[str, Any]).decode
_decode_data = {name: msgspec.json.Decoder(cls).decode for name, (_, cls) in TYPES.items()}
_VERSIONS = {name: version for name, (version, _) in TYPES.items()}


def encode_metadata(metadata: Mapping[str, Any]) -> msgspec.Raw:
    """A command's metadata, encoded once for all its events."""
    return msgspec.Raw(_encode(metadata))


def encode_event(
    event: Event,
    *,
    position: int,
    incarnation: int,
    event_id: str,
    stream_id: str,
    version: int,
    occurred_at: str,
    recorded_at: str,
    metadata: msgspec.Raw,
) -> tuple[str, bytes, bytes]:
    """The event's type, its data, and its record: stored once, hashed as stored, sent upstream byte for byte."""
    name = NAMES[type(event)]
    data = _encode(event)
    envelope = Envelope(
        position,
        incarnation,
        event_id,
        stream_id,
        version,
        name,
        _VERSIONS[name],
        occurred_at,
        recorded_at,
        metadata,
        msgspec.Raw(data),
    )
    return name, data, _encode(envelope)


def decode(record: bytes) -> Recorded:
    """The event in a record, upcast to the present version.

    Raises UnknownEvent for a type or version without code, msgspec.DecodeError for bytes that are no record.
    """
    envelope = _decode_envelope(record)
    return Recorded(
        position=envelope.position,
        stream_id=envelope.stream_id,
        version=envelope.version,
        type=envelope.type,
        occurred_at=envelope.occurred_at,
        recorded_at=envelope.recorded_at,
        metadata=_decode_mapping(envelope.metadata),
        event=_decode_event(envelope.type, envelope.schema_version, envelope.data),
        incarnation=envelope.incarnation,
        data=bytes(envelope.data),
    )


def _decode_event(name: str, schema_version: int, data: msgspec.Raw) -> Event:
    present = _VERSIONS.get(name)
    if present == schema_version:
        return _decode_data[name](data)
    if present is None or schema_version > present:
        message = f"{name} version {schema_version} was written by a newer program"
        raise UnknownEvent(message)
    return upcast(name, schema_version, _decode_mapping(data))


def upcast(
    name: str,
    schema_version: int,
    data: dict[str, Any],
    upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS,
    types: Mapping[str, tuple[int, type[Event]]] = TYPES,
) -> Event:
    """Lift old data step by step to the present version's class."""
    present, cls = types[name]
    for version in range(schema_version, present):
        step = upcasters.get((name, version))
        if step is None:
            message = f"no upcaster for {name} version {version}"
            raise UnknownEvent(message)
        data = step(data)
    return msgspec.convert(data, cls)
