"""Reading a record for a fold: a sale's lines with what projections look at, and nothing of what they do not.

Nearly every event of a log is a sale, and nearly all of a sale's bytes are its lines. Read whole they are half of what
a rebuild costs; here a line is what moves stock, is taxed and is discounted. Whoever needs a line's name or price reads
with `codec.decode`. The tests of rebuilding compare a view folded from this with the one that selling keeps.
"""

from __future__ import annotations

from typing import cast

import msgspec

from appliance.application.ports import Recorded
from appliance.domain.events import SaleCompleted, SaleLine, Tender
from appliance.eventstore import codec

_SALE = codec.NAMES[SaleCompleted]
_VERSION, _ = codec.TYPES[_SALE]


class _Envelope(msgspec.Struct, gc=False):
    """What of a record stands around its data."""

    position: int
    incarnation: int
    stream_id: str
    version: int
    type: str
    schema_version: int
    occurred_at: str
    recorded_at: str
    data: msgspec.Raw


class _Tax(msgspec.Struct, gc=False):
    code: str
    rate: str
    base: int
    amount: int


class _Discount(msgspec.Struct, gc=False):
    kind: str
    amount: int


class _Line(msgspec.Struct, gc=False):
    product_id: str
    quantity: str
    stocked: bool
    tax: tuple[_Tax, ...]
    discounts: tuple[_Discount, ...] = ()


class _Sale(msgspec.Struct, gc=False):
    sale_id: str
    register_id: str
    receipt_number: str
    client_ref: str | None
    business_date: str
    local_time: str
    clock_trusted: bool
    currency: str
    lines: tuple[_Line, ...]
    tenders: tuple[Tender, ...]
    total: int
    rounding: int = 0
    customer_id: str | None = None
    operator: str | None = None
    approved_by: str | None = None


_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_sale = msgspec.json.Decoder(_Sale).decode


def decode(record: bytes) -> Recorded:
    """As `codec.decode`, without metadata and data; a sale's lines have no more than a fold looks at."""
    envelope = _decode_envelope(record)
    if envelope.type != _SALE or envelope.schema_version != _VERSION:
        return codec.decode(record)
    return Recorded(
        envelope.position,
        envelope.stream_id,
        envelope.version,
        _SALE,
        envelope.occurred_at,
        envelope.recorded_at,
        {},
        _as_event(_decode_sale(envelope.data)),
        envelope.incarnation,
    )


def _as_event(sale: _Sale) -> SaleCompleted:
    return SaleCompleted(
        sale_id=sale.sale_id,
        register_id=sale.register_id,
        receipt_number=sale.receipt_number,
        client_ref=sale.client_ref,
        business_date=sale.business_date,
        local_time=sale.local_time,
        clock_trusted=sale.clock_trusted,
        currency=sale.currency,
        lines=cast("tuple[SaleLine, ...]", sale.lines),
        tenders=sale.tenders,
        total=sale.total,
        rounding=sale.rounding,
        customer_id=sale.customer_id,
        operator=sale.operator,
        approved_by=sale.approved_by,
    )
