"""Who may do what at head office, as a configuration that nats-server includes.

A store may publish its own events, claim and wrapped keys, read its own streams, commands and keys, and answer
diagnostics: all of it named in full. It may create, change or delete nothing, and nothing of another store is in
reach, not even its inbox.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from appliance.sync import subjects

SERVICE = "appliance"  # how stores answer to the services API
VERBS = ("PING", "INFO", "STATS")
PROVIDERS = ("inventory", "payment", "shipping", "notification")  # whose instances a store may look for, by this name
LIVES_AHEAD = 8  # a store that begins a new life need not wait until the server has read a new configuration
ANSWERS, ANSWERS_FOR = 10, "30s"  # how many replies to one request, and for how long

_HEAD = """\
# Written by `backroom hq provision`. Do not edit: it is written anew. Include it from the server's configuration, by
# the path from there to here:
#   include "hq/accounts.conf"
# and let a running server read it: nats-server --signal reload
"""


def publish(store: str, incarnation: int) -> Iterator[str]:
    """All that a store may publish or ask."""
    yield subjects.event_subjects(store)
    for life in range(1, incarnation + LIVES_AHEAD + 1):
        stream = subjects.event_stream(store, life)
        yield f"$JS.API.STREAM.INFO.{stream}"
        yield f"$JS.API.DIRECT.GET.{stream}"
        yield f"$JS.API.DIRECT.GET.{stream}.stores.{store}.>"
    yield from _consumed(subjects.COMMANDS_STREAM, store)
    for bucket in (subjects.CATALOGUE_BUCKET, subjects.SETTINGS_BUCKET, subjects.KEYS_BUCKET):
        yield from _consumed(subjects.bucket_stream(bucket), store)
    for bucket in (subjects.CATALOGUE_BUCKET, subjects.SETTINGS_BUCKET):
        yield _get(bucket, f"{subjects.COMMON}.>")
        yield _get(bucket, f"{store}.>")
    yield subjects.bucket_subject(subjects.CLAIMS_BUCKET, store)
    yield _get(subjects.CLAIMS_BUCKET, store)
    yield subjects.bucket_subject(subjects.KEYS_BUCKET, f"{store}.>")
    yield _get(subjects.KEYS_BUCKET, f"{store}.>")
    for provider in PROVIDERS:  # and no other service: stores answer to it, too
        yield f"$SRV.INFO.{provider}"


def subscribe(store: str) -> Iterator[str]:
    """All that a store may listen to."""
    yield f"{subjects.inbox_prefix(store)}.>"
    yield f"diag.{store}.>"
    for verb in VERBS:
        yield f"$SRV.{verb}"
        yield f"$SRV.{verb}.{SERVICE}"
        yield f"$SRV.{verb}.{SERVICE}.*"


def subscribe_not() -> Iterator[str]:
    """The server lets `a.>` pass for a permission on `a.*`: what that would open is closed again."""
    for verb in VERBS:
        yield f"$SRV.{verb}.{SERVICE}.*.>"


def accounts(head_office: str, stores: Mapping[str, tuple[str, int]], regions: Mapping[str, str]) -> str:
    """The configuration: users of head office, of regions' links, and of stores (its public nkey and incarnation)."""
    users = [f"      {{ nkey: {head_office} }}  # head office itself\n"]
    users += [f"      {{ nkey: {nkey} }}  # the link to region {name}\n" for name, nkey in sorted(regions.items())]
    users += [_user(store, nkey, incarnation) for store, (nkey, incarnation) in sorted(stores.items())]
    return f"{_HEAD}accounts {{\n  HQ {{\n    jetstream: enabled\n    users: [\n{''.join(users)}    ]\n  }}\n}}\n"


def _user(store: str, nkey: str, incarnation: int) -> str:
    return (
        f"      {{ nkey: {nkey}  # {store}\n"
        f"        permissions: {{\n"
        f"          publish: {{ allow: [{_list(publish(store, incarnation))}] }}\n"
        f"          subscribe: {{ allow: [{_list(subscribe(store))}]\n"
        f"                       deny: [{_list(subscribe_not())}] }}\n"
        f'          allow_responses: {{ max: {ANSWERS}, expires: "{ANSWERS_FOR}" }} }} }}\n'
    )


def _list(subjects_: Iterator[str]) -> str:
    return ", ".join(f'"{each}"' for each in subjects_)


def _consumed(stream: str, store: str) -> Iterator[str]:
    name = subjects.consumer(store)
    for call in ("INFO", "MSG.NEXT", "RESET"):
        yield f"$JS.API.CONSUMER.{call}.{stream}.{name}"
    yield f"$JS.ACK.{stream}.{name}.>"


def _get(bucket: str, key: str) -> str:
    """Reading the last value of a key by the bucket's direct interface."""
    return f"$JS.API.DIRECT.GET.{subjects.bucket_stream(bucket)}.{subjects.bucket_subject(bucket, key)}"
