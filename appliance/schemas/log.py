"""The event log, and what became of a write, on the wire."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from appliance.schemas.common import Answer, example

_ID = "019aa9f0-5a10-7cc3-9d2b-6a4f0c1e2b3d"
_RECORD: dict[str, Any] = {
    "position": 17,
    "incarnation": 1,
    "event_id": _ID,
    "stream_id": "register-till-1",
    "version": 1,
    "type": "register.added",
    "schema_version": 1,
    "occurred_at": "2026-11-22T09:30:00.000000Z",
    "recorded_at": "2026-11-22T09:30:00.000000Z",
    "metadata": {"command_id": _ID, "correlation_id": _ID, "device": "office"},
    "data": {"register_id": "till-1", "name": "Front till"},
}


class EventRecord(Answer):
    """One event, byte for byte as it was hashed; personal data in it is sealed."""

    model_config = example(_RECORD)

    position: int
    incarnation: int
    event_id: str
    stream_id: str
    version: int
    type: str
    schema_version: int
    occurred_at: str
    recorded_at: str
    metadata: dict[str, Any]
    data: dict[str, Any]


class EventList(Answer):
    """A part of the log."""

    model_config = example({"items": [_RECORD], "next_cursor": None, "head": 17})

    items: list[EventRecord]
    next_cursor: str | None = Field(description="Send it as `cursor` for what follows; null at the end of the log.")
    head: int = Field(description="The last position there is.")


class WriteFound(Answer):
    """A write that took effect."""

    model_config = example(
        {
            "key": "7d1c0f5e-3b57-4f0e-9f8c-0d4f6e1b2a3c",
            "scope": "register:till-1",
            "status": 201,
            "ids": {"sale_id": _ID, "receipt_number": "till-1-1-42"},
            "first_position": 1042,
            "last_position": 1042,
            "recorded_at": "2026-11-22T09:30:00.000000Z",
            "command_id": _ID,
        }
    )

    key: str
    scope: str = Field(description="register:<id>, or device:<id> for writes that concern no register.")
    status: int = Field(description="The status of the first answer.")
    ids: dict[str, str] = Field(description="What the write made.")
    first_position: int | None
    last_position: int | None
    recorded_at: str
    command_id: str = Field(description="The request id of the first answer.")
