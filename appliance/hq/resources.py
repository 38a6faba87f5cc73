"""What must stand on head office's server: the streams, buckets and consumers, as the server's own API spells them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from appliance.sync import subjects

MAX_MESSAGE_BYTES = 512 * 1024  # a record has at most 256 KiB, and headers
CLAIM_HISTORY = 8  # who held a store's claim before; for people who ask
COMMAND_ACK_WAIT_SECONDS = 30
BUCKET_ACK_WAIT_SECONDS = 30
COMMANDS_UNDER_WAY = 256
KEYS_UNDER_WAY = 5_000
NANO = 1_000_000_000
BASE = "backroom.base"  # in a stream's metadata: where the life that it holds goes on from

SHARED_BUCKETS = (subjects.CATALOGUE_BUCKET, subjects.SETTINGS_BUCKET)  # what stores read, with keys for all of them
BUCKETS: Mapping[str, int] = {  # bucket -> how many values of a key are kept
    subjects.CATALOGUE_BUCKET: 1,
    subjects.SETTINGS_BUCKET: 1,
    subjects.CLAIMS_BUCKET: CLAIM_HISTORY,
    subjects.KEYS_BUCKET: 1,  # a deleted key must not live on as history
}

# Features by the first server that has them: what is missing without.
FEATURES: Mapping[tuple[int, int], str] = {
    (2, 11): "no batched reading: hq consume and hq compare read event by event, which is slow",
    (2, 12): "no atomic batches: a backlog drains pipelined, and slowly where the server syncs always",
    (2, 14): "no consumer reset: after a crash or restore a store reads its commands and keys again by itself",
}
OLDEST_SERVER = (2, 10)  # the first with first_seq and filter_subjects


@dataclass(frozen=True, slots=True, order=True)
class Life:
    """One incarnation of a store's log: its stream begins right after `base`."""

    store: str
    incarnation: int = 1
    base: int = 0

    @property
    def stream(self) -> str:
        """The stream that holds it."""
        return subjects.event_stream(self.store, self.incarnation)


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream and the part of its configuration that we answer for."""

    name: str
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Consumer:
    """A durable consumer of a stream and the part of its configuration that we answer for."""

    stream: str
    name: str
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Options:
    """What may differ from one head office to another."""

    replicas: int = 1
    server: tuple[int, int, int] = field(default=(2, 15, 0))
    above: str = ""  # where this server is a region's: the JetStream domain of the head office above it
    regions: tuple[str, ...] = ()  # where it is head office's: the domains of the regions below it

    def has(self, since: tuple[int, int]) -> bool:
        """Whether the server is new enough."""
        return self.server[:2] >= since


def common(options: Options) -> Iterator[Stream]:
    """What every store shares: the commands and the buckets."""
    commands = {"subjects": [subjects.COMMANDS_SUBJECTS], "deny_delete": True, "deny_purge": True}
    yield _or_copy(Stream(subjects.COMMANDS_STREAM, {**commands, **_stream(options)}), options.above)
    for bucket, history in BUCKETS.items():
        kept = {"max_msgs_per_subject": history, "allow_rollup_hdrs": True, "deny_delete": True, "deny_purge": False}
        own = {"subjects": [subjects.bucket_subject(bucket, ">")], "discard": "new", **kept, **_stream(options)}
        if bucket == subjects.KEYS_BUCKET and options.regions:
            own["sources"] = [copy_of(subjects.bucket_stream(bucket), region) for region in options.regions]
        stream = Stream(subjects.bucket_stream(bucket), own)
        yield _or_copy(stream, options.above if bucket in SHARED_BUCKETS else "")


def events_of(life: Life, options: Options, region: str = "") -> Stream:
    """The stream of a living incarnation: nothing in it can be deleted, and nothing makes it forget.

    Where a region holds it, it is copied from there, sequence by sequence.
    """
    forever = {"deny_delete": True, "deny_purge": True, "max_msgs_per_subject": -1, "allow_rollup_hdrs": False}
    based = {"metadata": {BASE: str(life.base)}, **forever, **_stream(options)}
    if region:
        return _or_copy(Stream(life.stream, based), region)
    atomic = {"allow_atomic": True} if options.has((2, 12)) else {}
    # A server of 2.10 empties a stream that is told to begin at 1 whenever it starts; without it begins there anyhow.
    begins = {"first_seq": life.base + 1} if life.base else {}
    own = {"subjects": [subjects.event_subjects(life.store)], **begins, **atomic}
    return Stream(life.stream, {**own, **based})


def copy_of(stream: str, domain: str) -> Mapping[str, Any]:
    """A stream of the same name in another domain, as a mirror or source names it."""
    return {"name": stream, "external": {"api": f"$JS.{domain}.API"}}


def _or_copy(stream: Stream, domain: str) -> Stream:
    """The stream itself, or its mirror where it lives in another domain: the same messages, the same sequences."""
    if not domain:
        return stream
    left_out = {"subjects", "first_seq", "discard"}
    kept = {name: value for name, value in stream.config.items() if name not in left_out}
    return Stream(stream.name, {**kept, "mirror": copy_of(stream.name, domain)})


def consumers_of(store: str) -> Iterator[Consumer]:
    """What a store reads by; it may create none itself."""
    name = subjects.consumer(store)
    commands = {"ack_policy": "explicit", "filter_subject": subjects.command_subject(store, ">")}
    waits = {"ack_wait": COMMAND_ACK_WAIT_SECONDS * NANO, "max_ack_pending": COMMANDS_UNDER_WAY}
    yield Consumer(subjects.COMMANDS_STREAM, name, {**commands, **waits, **_durable(name)})
    for bucket in SHARED_BUCKETS:
        yield _reader(bucket, name, [subjects.COMMON, store])
    yield _reader(subjects.KEYS_BUCKET, name, [store])


def _reader(bucket: str, name: str, heads: list[str]) -> Consumer:
    """Reads all keys under `heads`; one acknowledgement stands for all before it."""
    filters = [subjects.bucket_subject(bucket, f"{head}.>") for head in heads]
    which = {"filter_subjects": filters} if len(filters) > 1 else {"filter_subject": filters[0]}
    waits = {"ack_wait": BUCKET_ACK_WAIT_SECONDS * NANO, "max_ack_pending": KEYS_UNDER_WAY}
    return Consumer(subjects.bucket_stream(bucket), name, {"ack_policy": "all", **which, **waits, **_durable(name)})


def _durable(name: str) -> Mapping[str, Any]:
    return {"durable_name": name, "deliver_policy": "all", "max_deliver": -1, "replay_policy": "instant"}


def _stream(options: Options) -> Mapping[str, Any]:
    return {
        "retention": "limits",
        "storage": "file",
        "num_replicas": options.replicas,
        "max_age": 0,
        "max_bytes": -1,
        "max_msgs": -1,
        "max_msg_size": MAX_MESSAGE_BYTES,
        "allow_direct": True,
    }
