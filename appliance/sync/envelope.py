"""An event on the wire: the record byte for byte as the body, and CloudEvents headers so that nobody need open it."""

from __future__ import annotations

import msgspec

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


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """An event ready to be sent."""

    position: int
    subject: str
    headers: dict[str, str]
    body: bytes


class Envelopes:
    """Makes what is sent of what is stored, for one life of one store."""

    def __init__(self, store_id: str, incarnation: int) -> None:
        self._subject = subjects.event_subject(store_id, "")
        self._source = f"/stores/{store_id}"
        self._incarnation = str(incarnation)

    def of(self, row: Row) -> Outgoing:
        """The event of a row of COLUMNS."""
        position, kind, record, digest = row
        known = _read(record)
        headers = {
            "ce-specversion": "1.0",
            "ce-id": known.event_id,
            "ce-source": self._source,
            "ce-type": kind,
            "ce-time": known.occurred_at,
            "ce-subject": known.stream_id,
            subjects.CE_POSITION: str(position),
            subjects.CE_CHAIN_HASH: digest.hex(),
            subjects.CE_INCARNATION: self._incarnation,
            "content-type": "application/json",
        }
        if known.metadata.traceparent:
            headers["traceparent"] = known.metadata.traceparent
        return Outgoing(position, self._subject + kind, headers, record)
