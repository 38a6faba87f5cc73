"""Handing a store's keys of personal data over to its new box: opened with head office's key, wrapped for the box's.

Each key is written for the box under a name of its own and the question is taken away last: from that the box knows
that all has been said. It may be repeated; a key that is gone, because its customer was erased, is not made again.
"""

from __future__ import annotations

import msgspec
from nats.errors import Error as NatsError

from appliance.eventstore.escrow import recipient_of
from appliance.hq import sending
from appliance.hq.connection import ANSWER_SECONDS, JetStream
from appliance.hq.failures import AnotherAsks, NoAnswer, NobodyAsks
from appliance.hq.keys import DELETED, NOT_FOUND, KeyReader
from appliance.hq.sending import Outgoing
from appliance.sync import subjects
from appliance.sync.handover import Asking

_STREAM = subjects.bucket_stream(subjects.KEYS_BUCKET)


async def hand_over(jetstream: JetStream, reader: KeyReader, store: str, box: str | None) -> int:
    """Wrap every key of a store for the box that asks, if it is this one; how many. Raises NobodyAsks, AnotherAsks."""
    asking = await _asking(jetstream, store)
    recipient = recipient_of(asking.public)
    if recipient.fingerprint != box:
        detail = f"Machine {asking.machine} asked at {asking.asked_at}; its key has the fingerprint "
        raise AnotherAsks(f"{detail}{recipient.fingerprint}.")
    count = 0
    for subject in await _subjects(jetstream, store):  # all are read first: what is written would be among them
        found = await reader.key(store, subject)
        if found is not None:
            body = recipient.wrap(store, subject, *found)
            await sending.send(jetstream, [Outgoing(_at(subjects.handed_key(store, subject)), body)])
            count += 1
    await sending.send(jetstream, [Outgoing(_at(subjects.asking_key(store)), b"")])
    return count


async def _asking(jetstream: JetStream, store: str) -> Asking:
    """What the box left here."""
    where = f"$JS.API.DIRECT.GET.{_STREAM}.{_at(subjects.asking_key(store))}"
    try:
        answer = await jetstream.client.request(where, b"", timeout=ANSWER_SECONDS)
    except (NatsError, TimeoutError) as error:
        raise NoAnswer(f"What {store} asks for: {str(error) or 'no answer'}.") from error
    headers = answer.headers or {}
    if headers.get("Status") == NOT_FOUND or headers.get("KV-Operation") in DELETED:
        raise NobodyAsks(f"{store} has left no question here.")
    try:
        return msgspec.json.decode(answer.data, type=Asking)
    except msgspec.MsgspecError as error:
        raise NobodyAsks(f"What {store} has left here cannot be read: {error}.") from error


async def _subjects(jetstream: JetStream, store: str) -> list[str]:
    """Everybody who has or had a key here; the server tells so many at a time."""
    names: set[str] = set()
    while True:
        asked = {"subjects_filter": _at(f"{store}.>"), "offset": len(names)}
        found = (await jetstream.ask(f"STREAM.INFO.{_STREAM}", asked))["state"].get("subjects") or {}
        if names >= found.keys():
            break
        names |= found.keys()
    keyed = (subjects.keyed_subject(name.removeprefix(_at("")), store) for name in names)
    return sorted(subject for subject in keyed if subject)


def _at(key: str) -> str:
    return subjects.bucket_subject(subjects.KEYS_BUCKET, key)
