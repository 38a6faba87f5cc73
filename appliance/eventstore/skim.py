"""Reading a record for a fold: a sale with what its lines come to, and without the lines.

Nearly every event of a log is a sale, and nearly all of a sale's bytes are its lines. Read whole they are half of what
a rebuild costs, and a thousand of them at once fill a processor's caches; here they are added up while they are read.
Whoever needs a line's name or price reads with `codec.decode`. The tests of rebuilding compare a view folded from this
with the one that selling keeps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from appliance.application.ports import Recorded
from appliance.domain.events import SaleCompleted, SaleLine, Tender
from appliance.domain.line_sums import line_sums
from appliance.eventstore import codec

_SALE = codec.NAMES[SaleCompleted]
_VERSION, _ = codec.TYPES[_SALE]


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


class _Tender(msgspec.Struct, gc=False):
    type: str
    amount: int
    change: int = 0


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
    tenders: tuple[_Tender, ...]
    total: int
    rounding: int = 0
    customer_id: str | None = None
    operator: str | None = None
    approved_by: str | None = None


class _Record(msgspec.Struct, gc=False):
    """A sale's record, read in one pass."""

    position: int
    incarnation: int
    stream_id: str
    version: int
    schema_version: int
    occurred_at: str
    recorded_at: str
    data: _Sale


class _Whole(_Record, kw_only=True, gc=False):
    """The same with what else stands in its head."""

    type: str
    metadata: dict[str, Any]


_decode_sale = msgspec.json.Decoder(_Record).decode
_decode_whole = msgspec.json.Decoder(_Whole).decode
_MARK = f'"type":"{_SALE}"'.encode()


def read(record: bytes) -> Recorded:
    """As `codec.decode`; a sale has `sums` for its lines, and no data."""
    if _MARK not in record:
        return codec.decode(record)
    try:
        sale = _decode_whole(record)
    except msgspec.ValidationError:
        return codec.decode(record)
    if sale.type != _SALE or sale.schema_version != _VERSION:
        return codec.decode(record)
    return _recorded(sale, sale.metadata)


def decode(name: str, record: bytes) -> Recorded:
    """As `codec.decode`, of an event of that name; a sale has `sums` for its lines, and neither metadata nor data."""
    if name != _SALE:
        return codec.decode(record)
    try:
        sale = _decode_sale(record)
    except msgspec.ValidationError:
        return codec.decode(record)  # of another version; or no sale, and it says why
    if sale.schema_version != _VERSION:
        return codec.decode(record)
    return _recorded(sale, {})


def _recorded(sale: _Record, metadata: Mapping[str, Any]) -> Recorded:
    return Recorded(
        sale.position,
        sale.stream_id,
        sale.version,
        _SALE,
        sale.occurred_at,
        sale.recorded_at,
        metadata,
        _as_event(sale.data),
        sale.incarnation,
        sums=line_sums(cast("tuple[SaleLine, ...]", sale.data.lines)),
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
        lines=(),
        tenders=cast("tuple[Tender, ...]", sale.tenders),
        total=sale.total,
        rounding=sale.rounding,
        customer_id=sale.customer_id,
        operator=sale.operator,
        approved_by=sale.approved_by,
    )
