"""Every name that a store and head office share on the wire: streams, subjects, buckets, consumers, headers.

A store's log is one JetStream stream an incarnation, whose sequence equals the local position. Only one stream can
listen on a subject, so the stream of the incarnation that is published now has the store's event subject, and those
of former lives are moved aside under `retired`: they stay readable and take nothing more.
"""

from __future__ import annotations

COMMANDS_STREAM = "HQ_COMMANDS"
COMMANDS_SUBJECTS = "stores.*.commands.>"
CATALOGUE_BUCKET = "CATALOGUE"  # price lists, as versions
SETTINGS_BUCKET = "SETTINGS"  # policies
CLAIMS_BUCKET = "CLAIMS"  # who may publish for a store: key = store id, value = (machine, incarnation)
KEYS_BUCKET = "KEYS"  # keys of sealed personal data, wrapped to head office's public key: `<store>.<subject>`
DIAGNOSTICS_SERVICE = "appliance"  # how every store answers to the services API
COMMON = "common"  # the first token of keys that concern every store

EXPECTED_STREAM = "Nats-Expected-Stream"
EXPECTED_LAST_SEQUENCE = "Nats-Expected-Last-Sequence"
BATCH_ID = "Nats-Batch-Id"
BATCH_SEQUENCE = "Nats-Batch-Sequence"
BATCH_COMMIT = "Nats-Batch-Commit"

CE_POSITION = "ce-position"
CE_CHAIN_HASH = "ce-chainhash"  # hex; SHA-256 over the previous hash and the body
CE_INCARNATION = "ce-incarnation"
TRACEPARENT = "traceparent"


def event_stream(store_id: str, incarnation: int) -> str:
    """The stream that holds one life of a store's log."""
    return f"STORE_{store_id}_{incarnation}"


def event_subject(store_id: str, event_type: str) -> str:
    """Where an event of this type is published."""
    return f"stores.{store_id}.events.{event_type}"


def event_subjects(store_id: str) -> str:
    """All that the living stream of a store listens on."""
    return f"stores.{store_id}.events.>"


def retired_subjects(store_id: str, incarnation: int) -> str:
    """What the stream of a former life listens on: nobody publishes there."""
    return f"stores.{store_id}.retired.{incarnation}.>"


def command_subject(store_id: str, command_type: str) -> str:
    """Where head office sends a command of this type to one store."""
    return f"stores.{store_id}.commands.{command_type}"


def bucket_stream(bucket: str) -> str:
    """The stream behind a key-value bucket."""
    return f"KV_{bucket}"


def bucket_subject(bucket: str, key: str) -> str:
    """The subject behind a key of a bucket."""
    return f"$KV.{bucket}.{key}"


def consumer(store_id: str) -> str:
    """The durable consumer that head office keeps for a store, by the same name on every stream."""
    return store_id


def inbox_prefix(store_id: str) -> str:
    """Where a store, and nobody else, receives answers."""
    return f"_INBOX_{store_id}"


def health_subject(store_id: str) -> str:
    """Where a store answers what state it is in."""
    return f"diag.{store_id}.health"


_BOX = "-box"  # no customer's id begins with a hyphen


def asking_key(store_id: str) -> str:
    """Where a box of a store that lacks its predecessor's keys asks for them."""
    return f"{store_id}.{_BOX}.asking"


def handed_key(store_id: str, subject: str) -> str:
    """Where a subject's key lies, wrapped for the box that asked."""
    return f"{store_id}.{_BOX}.key.{subject}"


def handed_subject(key: str, store_id: str) -> str | None:
    """Whose key lies there for the box that asked; None where it is no such key."""
    head = handed_key(store_id, "")
    return key.removeprefix(head) if key.startswith(head) else None


def keyed_subject(key: str, store_id: str) -> str | None:
    """Whose key lies there for head office; None where it is no such key."""
    head, _, subject = key.partition(".")
    return subject if head == store_id and subject and not subject.startswith(f"{_BOX}.") else None
