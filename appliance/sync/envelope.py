"""An event on the wire: the record byte for byte as the body, and CloudEvents headers so that nobody need open it."""

from __future__ import annotations

import msgspec

from appliance.observability.tracing import Tracing
from appliance.queries.pool import Row
from appliance.sync import subjects

COLUMNS = "position, type, CAST(record AS BLOB), hash"
"""What is read of the log for each event; `Outgoing.of` takes such a row."""


class _Metadata(msgspec.Struct, gc=False):
    traceparent: str = ""


class _Known(msgspec.Struct, gc=False):
    """The record's fields that stand in headers as well."""

    event_id: str
    stream_id: str
    occurred_at: str
    metadata: _Metadata


_read = msgspec.json.Decoder(_Known).decode
_DATA = b',"data":'  # what an event says: last in a record, most of it, and within no string, where a quote is escaped


def _known(record: bytes) -> _Known:
    end = record.find(_DATA)
    return _read(record if end < 0 else record[:end] + b"}")


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """An event ready to be sent; `head` are its headers as bytes, to which more may be added."""

    position: int
    subject: bytes
    head: bytes
    body: bytes


_HEAD = (
    b"NATS/1.0\r\nce-specversion: 1.0\r\nce-id: %b\r\nce-source: %b\r\nce-type: %b\r\nce-time: %b\r\n"
    b"ce-subject: %b\r\n" + subjects.CE_POSITION.encode() + b": %d\r\n" + subjects.CE_CHAIN_HASH.encode() + b": %b\r\n"
    + subjects.CE_INCARNATION.encode() + b": %d\r\ncontent-type: application/json\r\n"
)  # fmt: skip


class Envelopes:
    """Makes what is sent of what is stored, for one life of one store."""

    def __init__(self, store_id: str, incarnation: int, tracing: Tracing | None = None) -> None:
        self._subject = subjects.event_subject(store_id, "").encode()
        self._source = f"/stores/{store_id}".encode()
        self._incarnation = incarnation
        self._tracing = tracing

    def of(self, row: Row) -> Outgoing:
        """The event of a row of COLUMNS."""
        position, kind, record, digest = row
        known, name = _known(record), kind.encode()
        fields = (known.event_id.encode(), self._source, name, known.occurred_at.encode(), line(known.stream_id))
        head = _HEAD % (*fields, position, digest.hex().encode(), self._incarnation)
        if known.metadata.traceparent:
            head += b"traceparent: %b\r\n" % line(self._traced(known.metadata.traceparent, kind, position))
        return Outgoing(position, self._subject + name, head, record)

    def _traced(self, traceparent: str, kind: str, position: int) -> str:
        """Who continues from here: the span of publishing where one is made, else the record's own."""
        if self._tracing is None:
            return traceparent
        with self._tracing.span(f"publish {kind}", traceparent, kind="producer", position=position) as published:
            return published


def line(text: str) -> bytes:
    """Text as a header's value: whatever would end the line is left out of it."""
    return text.replace("\r", " ").replace("\n", " ").encode()


def header(name: str, value: object) -> bytes:
    """One more header of our own."""
    return b"%b: %b\r\n" % (name.encode(), str(value).encode())
