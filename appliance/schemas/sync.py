"""The way to head office on the wire."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from appliance.schemas.common import Answer, example

_STATUS: dict[str, Any] = {
    "enabled": True,
    "connected": True,
    "server": "2.15.1",
    "url": "tls://nats.example.com:4222",
    "store_id": "store-1",
    "incarnation": 1,
    "position": 1042,
    "acknowledged": 1040,
    "compared": True,
    "backlog": {"events": 2, "bytes": 1180, "oldest_recorded_at": "2026-11-24T09:30:00.000000Z"},
    "rate": 12.5,
    "drained_in_seconds": 0.2,
    "paused": False,
    "claim": "held",
    "batches": True,
    "refused": {"count": 0, "last": None},
    "trouble": None,
}


class Backlog(Answer):
    """What head office has not acknowledged."""

    events: int
    bytes: int = Field(description="About how much: from a sample of the records that wait.")
    oldest_recorded_at: str | None


class Refused(Answer):
    """What head office's server did not permit; such a refusal has no answer, only this."""

    count: int
    last: str | None


class Trouble(Answer):
    """What keeps events from head office, in plain words with the next step."""

    code: str
    title: str
    detail: str
    hint: str


class SyncStatus(Answer):
    """Where the way to head office stands. Selling does not depend on any of it."""

    model_config = example(_STATUS)

    enabled: bool = Field(description="False where the store has no head office; then nothing else is said.")
    connected: bool = False
    server: str | None = Field(None, description="The server's version.")
    url: str | None = None
    store_id: str | None = None
    incarnation: int | None = Field(None, description="The life of the log that is published.")
    position: int | None = Field(None, description="The last position here.")
    acknowledged: int | None = Field(None, description="Head office has everything up to here.")
    compared: bool = Field(
        default=False,
        description="Whether head office has been asked since the start; before, it is what it once said.",
    )
    backlog: Backlog | None = None
    rate: float | None = Field(None, description="Events acknowledged a second, of late.")
    drained_in_seconds: float | None = Field(None, description="At this rate; null where nothing moves.")
    paused: bool = False
    claim: Literal["unknown", "held", "refused"] = "unknown"
    batches: bool = Field(default=False, description="Whether the server takes atomic batches.")
    refused: Refused | None = None
    trouble: Trouble | None = None


class SyncComparison(Answer):
    """Head office's stream beside the log: ends, counts, the last hash, and a sample of events byte for byte."""

    model_config = example(
        {"stream": "STORE_store-1_1", "equal": True, "up_to": 1042, "behind": 0, "sampled": 101, "problems": []}
    )

    stream: str
    equal: bool
    up_to: int = Field(description="The last position that both have.")
    behind: int = Field(description="Events that head office does not have yet.")
    sampled: int
    problems: list[str]
