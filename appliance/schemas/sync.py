"""The way to head office on the wire."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from appliance.schemas.common import Answer, example

_STATUS: dict[str, Any] = {
    "enabled": True,
    "connected": True,
    "server": "2.15.1",
    "lacks": [],
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
    "down": {
        "commands": {
            "sequence": 41,
            "waiting": 0,
            "applied": 3,
            "refused": 0,
            "repeated": 1,
            "read_again": 0,
            "last_refusal": None,
        },
        "pricelists": {
            "in_force": {"version": "2026-w48", "valid_from": "2026-11-23T06:00:00.000000Z"},
            "checked_seconds_ago": 12.5,
            "waiting": {},
            "refused": [],
        },
        "policies": {
            "set": [
                {"scope": "common", "key": "store.day_roll_hour", "value": 4, "since": "2026-11-23T06:00:00.000000Z"}
            ],
            "checked_seconds_ago": 12.5,
            "refused": [],
        },
        "keys": {"sent": 2, "deleted": 0, "enabled": True},
        "troubles": [],
    },
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


class HqCommands(Answer):
    """How head office's commands go, since the start."""

    sequence: int = Field(description="The last message consumed.")
    waiting: int | None = Field(description="Messages that wait at head office, when it was last asked.")
    applied: int
    refused: int
    repeated: int = Field(description="Had come before and did nothing again.")
    read_again: int = Field(description="How often head office's stream turned out to be another one.")
    last_refusal: str | None


class HqRefusal(Answer):
    """Something head office sent last that cannot be used."""

    kind: str
    key: str
    version: str | None
    reason: str
    detail: str
    since: str


class NewestPriceList(Answer):
    """The price list that came into force last."""

    version: str
    valid_from: str


class HqPriceLists(Answer):
    """Head office's price lists."""

    in_force: NewestPriceList | None
    checked_seconds_ago: float | None = Field(description="Since they were last known to be ours; null before ever.")
    waiting: dict[str, str] = Field(description="Lists that wait for a part: manifest to part.")
    refused: list[HqRefusal]


class SetPolicy(Answer):
    """A policy set from afar."""

    scope: str
    key: str
    value: Any
    since: str


class HqPolicies(Answer):
    """Head office's policies."""

    set: list[SetPolicy]
    checked_seconds_ago: float | None
    refused: list[HqRefusal]


class HqKeys(Answer):
    """Copies of keys to personal data, since the start."""

    sent: int
    deleted: int
    enabled: bool


class PartTrouble(Trouble):
    """What keeps one part of the way down from working."""

    part: str


class SyncDown(Answer):
    """What comes from head office."""

    commands: HqCommands
    pricelists: HqPriceLists
    policies: HqPolicies
    keys: HqKeys
    troubles: list[PartTrouble]


class SyncStatus(Answer):
    """Where the way to head office stands. Selling does not depend on any of it."""

    model_config = example(_STATUS)

    enabled: bool = Field(description="False where the store has no head office; then nothing else is said.")
    connected: bool = False
    server: str | None = Field(None, description="The server's version.")
    lacks: list[str] = Field([], description="What a store has to do without on a server of this version.")
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
    down: SyncDown | None = Field(None, description="What comes from head office, and how.")


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
