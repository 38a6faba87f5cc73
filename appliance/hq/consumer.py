"""The reference consumer: follows all stores' streams, proves each event by the chain, and counts it once.

An event that does not follow from the one before, or that a store signed otherwise than we compute, is never counted:
its life stands still with an alarm, and all others go on.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from appliance.application.ports import Recorded
from appliance.eventstore import codec
from appliance.eventstore.chain import GENESIS, link
from appliance.hq import reading
from appliance.hq.connection import JetStream
from appliance.hq.reading import Arrived, Held
from appliance.hq.reporting import ReportingStore, Standing
from appliance.hq.resources import Life
from appliance.observability.tracing import Tracing

UNKNOWN_BASE = "unproven-base"
BROKEN = "broken-chain"
BEHIND = "stream-behind"


class Unfit(Exception):
    """An event that must not be counted."""

    def __init__(self, position: int, detail: str) -> None:
        super().__init__(detail)
        self.position = position


class _Metadata(msgspec.Struct, gc=False):
    traceparent: str = ""


class Header(msgspec.Struct, gc=False):
    """What is read of every record, whether or not this program knows its type."""

    position: int
    incarnation: int
    type: str
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


_header = msgspec.json.Decoder(Header).decode


@dataclass(frozen=True, slots=True)
class Proven:
    """A batch that follows from where we stood: what of it is counted, and where we stand after it."""

    standing: Standing
    events: Sequence[Recorded]
    types: dict[str, int]


def prove(life: Life, before: Standing, batch: Sequence[Arrived]) -> Proven:
    """Check every event of a batch. Raises Unfit for the first that is not what it must be."""
    position, digest = before.position, before.digest
    events: list[Recorded] = []
    types: Counter[str] = Counter()
    for arrived in batch:
        position += 1
        digest = link(digest, arrived.record)
        types[_checked(life, position, digest, arrived).type] += 1
        try:
            events.append(codec.decode(arrived.record))
        except codec.UnknownEvent:
            continue  # of a newer store: part of the chain, and of no sum that we know
        except msgspec.DecodeError as error:
            raise Unfit(position, f"position {position} cannot be read: {error}") from error
    return Proven(Standing(position, digest), events, dict(types))


def _checked(life: Life, position: int, digest: bytes, arrived: Arrived) -> Header:
    if arrived.sequence != position:
        raise Unfit(position, f"position {position} is missing: the stream goes on with {arrived.sequence}")
    if arrived.digest != digest.hex():
        raise Unfit(position, f"position {position} does not follow from the one before: its chain hash is another")
    try:
        header = _header(arrived.record)
    except msgspec.DecodeError as error:
        raise Unfit(position, f"position {position} is no record: {error}") from error
    if header.position != position or header.incarnation > life.incarnation:  # a fork tells earlier ones anew
        said = f"position {header.position} of incarnation {header.incarnation}"
        raise Unfit(position, f"position {position} of {life.stream} says it is {said}")
    return header


def _trace(tracing: Tracing, life: Life, batch: Sequence[Arrived]) -> None:
    """A span for every counted event that names a trace; it ends what a till began."""
    for arrived in batch:
        header = _header(arrived.record)
        parent = arrived.traceparent or header.metadata.traceparent
        if parent:
            name = f"consume {header.type}"
            with tracing.span(name, parent, kind="consumer", store=life.store, position=header.position):
                pass


class Consumer:
    """Brings a reporting store up to what the server holds."""

    def __init__(self, jetstream: JetStream, store: ReportingStore, tracing: Tracing | None = None) -> None:
        self._js = jetstream
        self._store = store
        self._tracing = tracing

    async def catch_up(self) -> int:
        """Count all that is new; answers how many events that were."""
        lives = await reading.held(self._js)
        return sum([await self._follow(each, reading.of_store(lives, each.life.store)) for each in lives])

    async def _follow(self, held: Held, lives: list[Held]) -> int:
        life = held.life
        standing = self._store.standing(life) or await self._begin(held, lives)
        if held.last <= standing.position:
            self._note_a_loss(held, standing)
            return 0
        counted = 0
        try:
            async for batch in reading.events(self._js, life.stream, standing.position):
                proven = await asyncio.to_thread(self._count, life, standing, batch)
                counted += proven.position - standing.position
                standing = proven
        except Unfit as unfit:
            self._store.alarm(life, unfit.position, BROKEN, str(unfit))
        return counted

    def _count(self, life: Life, before: Standing, batch: Sequence[Arrived]) -> Standing:
        try:
            proven = prove(life, before, batch)
        except Unfit as unfit:
            good = batch[: unfit.position - before.position - 1]
            if good:
                self._count(life, before, good)
            raise
        self._store.count(life, before, proven.standing, proven.events, proven.types)
        if self._tracing is not None:
            _trace(self._tracing, life, batch)
        return proven.standing

    def _note_a_loss(self, held: Held, standing: Standing) -> None:
        """The server has less than we counted: the store sends it again, and we do not count it again."""
        if held.last < standing.position:
            detail = f"the stream ends at {held.last}, and {standing.position} was counted"
            self._store.alarm(held.life, held.last, BEHIND, detail)

    async def _begin(self, held: Held, lives: list[Held]) -> Standing:
        """A new life goes on from a hash of a former one, which we have proven, or else from what it says itself."""
        life = held.life
        if life.base == 0:
            return self._store.begin(life, GENESIS)
        for former in reversed([each for each in lives if each.life < life]):
            if former.life.base < life.base <= former.last:
                found = await reading.event_at(self._js, former.life.stream, life.base)
                if found is not None:
                    return self._store.begin(life, bytes.fromhex(found.digest))
        return await self._begin_unproven(held)

    async def _begin_unproven(self, held: Held) -> Standing:
        """Head office lost what this life goes on from: take the life's own word, and say so."""
        life = held.life
        first = await reading.event_at(self._js, life.stream, life.base + 1)
        if first is None:
            return Standing(life.base, GENESIS)  # nothing there yet: look again when there is
        try:
            said = bytes.fromhex(msgspec.json.decode(first.record)["data"]["base_hash"])
        except (msgspec.DecodeError, KeyError, TypeError, ValueError):
            said = GENESIS
        detail = f"head office does not hold position {life.base}, which this life goes on from"
        self._store.alarm(life, life.base, UNKNOWN_BASE, detail)
        return self._store.begin(life, said if len(said) == len(GENESIS) else GENESIS)
