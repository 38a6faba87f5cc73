"""Reading a stream of events from a position on: in batches, by the direct interface, without a consumer to keep.

Where a reader stands is its own to know, so nothing on the server can make it skip or repeat an event.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple

from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from appliance.hq.connection import JetStream
from appliance.hq.failures import NoAnswer, ServerRefused
from appliance.hq.resources import BASE, Life
from appliance.sync import subjects

BATCH = 2_000
BATCH_BYTES = 8 * 1024 * 1024  # what a batch may hold in memory; the server gives at least one event
SILENCE_SECONDS = 10.0
END_OF_BATCH, NO_MESSAGES = "204", "404"
PAGE_OF_STREAMS = 256
BATCHES_SINCE = (2, 11)
SINGLES_AT_ONCE = 64

_STREAM = re.compile(r"STORE_([a-z0-9-]{1,32})_([1-9][0-9]*)")


class Arrived(NamedTuple):
    """One event as head office holds it."""

    sequence: int
    digest: str  # what the store said its chain hash is, hex
    record: bytes
    traceparent: str = ""  # of the span in which it was published, where its store makes spans


class Held(NamedTuple):
    """One life of a store's log, as the server describes its stream."""

    life: Life
    config: Mapping[str, Any]
    state: Mapping[str, Any]

    @property
    def last(self) -> int:
        """The last position head office has of this life; the base where it has none yet."""
        return int(self.state["last_seq"])


async def held(jetstream: JetStream) -> list[Held]:
    """All lives of all stores, by store and number."""
    found: list[Held] = []
    offset, total = 0, 1
    while offset < total:
        answer = await jetstream.ask("STREAM.LIST", {"offset": offset})
        page = answer.get("streams") or []
        offset, total = offset + max(len(page), PAGE_OF_STREAMS), answer["total"]
        found += [each for info in page if (each := _held(info)) is not None]
    return sorted(found, key=lambda each: each.life)


def of_store(lives: list[Held], store: str) -> list[Held]:
    """The lives of one store, oldest first."""
    return [each for each in lives if each.life.store == store]


def _held(info: Mapping[str, Any]) -> Held | None:
    config = info["config"]
    named = _STREAM.fullmatch(config["name"])
    if named is None:
        return None
    base = config.get("metadata", {}).get(BASE) or max(config.get("first_seq", 1), 1) - 1
    life = Life(named[1], int(named[2]), int(base))
    return Held(life, config, info["state"])


async def events(
    jetstream: JetStream, stream: str, after: int, until: int | None = None
) -> AsyncIterator[list[Arrived]]:
    """Batches of a stream's events past `after`, in order, to its end or to `until`. Raises NoAnswer, ServerRefused."""
    if jetstream.version[:2] < BATCHES_SINCE:
        async for batch in _one_by_one(jetstream, stream, after, until):
            yield batch
        return
    box = _Box()
    inbox = jetstream.client.new_inbox()
    subscription = await jetstream.client.subscribe(inbox, cb=box.receive)
    try:
        while until is None or after < until:
            size = BATCH if until is None else min(BATCH, until - after)
            ask = {"seq": after + 1, "batch": size, "max_bytes": BATCH_BYTES}
            await jetstream.client.publish(f"$JS.API.DIRECT.GET.{stream}", json.dumps(ask).encode(), reply=inbox)
            batch = await box.filled(stream)
            if not batch:
                return
            after = batch[-1].sequence
            yield batch
    finally:
        await subscription.unsubscribe()


async def _one_by_one(jetstream: JetStream, stream: str, after: int, until: int | None) -> AsyncIterator[list[Arrived]]:
    """The same from a server that knows no batches: some requests at once, an event each."""
    while until is None or after < until:
        last = after + SINGLES_AT_ONCE if until is None else min(after + SINGLES_AT_ONCE, until)
        asked = await asyncio.gather(*(_single(jetstream, stream, each) for each in range(after + 1, last + 1)))
        batch = list(itertools.takewhile(lambda each: each is not None, asked))
        if batch:
            yield [each for each in batch if each is not None]
        if len(batch) < len(asked):
            return
        after = last


async def _single(jetstream: JetStream, stream: str, position: int) -> Arrived | None:
    ask = json.dumps({"seq": position}).encode()
    try:
        answer = await jetstream.client.request(f"$JS.API.DIRECT.GET.{stream}", ask, timeout=SILENCE_SECONDS)
    except (NatsError, TimeoutError) as error:
        raise NoAnswer(f"{stream}: position {position} did not arrive within {SILENCE_SECONDS:g} s.") from error
    headers = answer.headers or {}
    if headers.get("Status") == NO_MESSAGES:
        return None
    return _arrived(headers, answer.data)


def _arrived(headers: Mapping[str, str], record: bytes) -> Arrived:
    digest, traceparent = headers.get(subjects.CE_CHAIN_HASH, ""), headers.get(subjects.TRACEPARENT, "")
    return Arrived(int(headers["Nats-Sequence"]), digest, record, traceparent)


async def event_at(jetstream: JetStream, stream: str, position: int) -> Arrived | None:
    """One event, or None where the stream does not hold it."""
    async for batch in events(jetstream, stream, position - 1, position):
        return batch[0] if batch[0].sequence == position else None
    return None


class _Box:
    """Where a batch arrives."""

    def __init__(self) -> None:
        self._arrived: list[Arrived] = []
        self._status = ""
        self._text = ""
        self._done = asyncio.Event()

    async def receive(self, message: Msg) -> None:
        headers = message.headers or {}
        status = headers.get("Status")
        if status is None:
            self._arrived.append(_arrived(headers, message.data))
            return
        self._status, self._text = status, headers.get("Description", "")
        self._done.set()

    async def filled(self, stream: str) -> list[Arrived]:
        try:
            await asyncio.wait_for(self._done.wait(), SILENCE_SECONDS)
        except TimeoutError:
            detail = f"{stream}: a batch of events did not arrive within {SILENCE_SECONDS:g} s."
            raise NoAnswer(detail) from None
        self._done.clear()
        if self._status not in {END_OF_BATCH, NO_MESSAGES}:
            detail = f"{stream}: {self._status} {self._text}."
            raise ServerRefused(detail)
        batch, self._arrived = self._arrived, []
        return batch
