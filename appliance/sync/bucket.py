"""A key-value bucket of head office as a store may read it: whole, change by change, and key by key.

What a watch brings is never trusted to be all. The bucket is read whole at the start of a connection's life where that
is cheap, and every so often: a key that was deleted and forgotten while we were away, a bucket made anew and a server
that went back to an older copy are all seen then, by what is there and not by numbers. A server older than 2.14 cannot
read a consumer again from its beginning: there each key that the store knows the name of is asked for instead.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field

from appliance.sync import subjects
from appliance.sync.connection import Session
from appliance.sync.headquarters import Headquarters
from appliance.sync.pulling import EXPIRES_SECONDS, Delivered, DurableConsumer
from appliance.sync.troubles import HqSilent

DELETED = frozenset({"DEL", "PURGE"})
WHOLE_SECONDS = 3600.0  # between two readings of the whole bucket on one connection
FULL_BATCH = 256
ASKED_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Value:
    """What a key holds, under which revision; None where it was deleted."""

    revision: int
    body: bytes | None


@dataclass(slots=True)
class Contents:
    """Keys and what they hold; `whole` says that a key which is not here, and of which we know, does not exist."""

    values: dict[str, Value] = field(default_factory=dict)
    whole: bool = False


Changed = Callable[[Session, Contents], Awaitable[None]]
"""Told of everything at first, and then of every change."""

Names = Callable[[], Awaitable[Collection[str]]]
"""The keys that the store knows of, whether they are there or not."""


async def no_names() -> Collection[str]:
    """Where the store knows none until they come."""
    return ()


@dataclass(slots=True)
class Seen:
    """How it goes, for people and metrics."""

    revision: int = 0
    whole_at: float | None = None  # monotonic; when it was last read whole


class BucketReader:
    """A part of the link: follows one bucket for one store.

    `keep` says which bodies are worth keeping, `names` what to ask for where the bucket cannot be read whole.
    """

    def __init__(
        self,
        bucket: str,
        store_id: str,
        changed: Changed,
        *,
        keep: Callable[[str], bool] = lambda _: True,
        names: Names = no_names,
        at_every_connect: bool = True,
        checked: Callable[[str], Awaitable[None]],
        whole_s: float = WHOLE_SECONDS,
        look_s: float = EXPIRES_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seen = Seen()
        self._bucket = bucket
        self._store_id = store_id
        self._changed = changed
        self._keep = keep
        self._names = names
        self._checked = checked
        self._at_every_connect = at_every_connect
        self._whole_s, self._look_s = whole_s, look_s
        self._clock = clock
        self._again = asyncio.Event()
        self._kept_back = False  # whether at the last look there was more, and it did not come

    def read_again(self) -> None:
        """Read the bucket whole at the next look."""
        self._again.set()

    async def __call__(self, session: Session) -> None:
        """Follow it until the connection ends."""
        stream = subjects.bucket_stream(self._bucket)
        consumer = DurableConsumer(session, stream, subjects.consumer(self._store_id))
        if self._at_every_connect:
            self._again.set()
        while True:
            if self._again.is_set() or self._is_old:
                self._again.clear()
                await self._read_whole(session, consumer)
            await self._look(session, consumer)

    @property
    def _is_old(self) -> bool:
        return self.seen.whole_at is None or self._clock() - self.seen.whole_at >= self._whole_s

    async def _read_whole(self, session: Session, consumer: DurableConsumer) -> None:
        await consumer.standing()  # says in plain words that there is none
        pending = await consumer.reset(1)
        found = Contents(whole=True) if pending is not None else await self._asked(session)
        last: Delivered | None = None
        while pending:
            last, pending = await self._page(consumer, found, last)
        self.seen.revision = max((each.revision for each in found.values.values()), default=0)
        await self._changed(session, found)
        if last is not None:
            await consumer.acknowledge(last)
        self.seen.whole_at = self._clock()
        await self._checked(self._bucket)

    async def _asked(self, session: Session) -> Contents:
        """What stands under each key that we know of: as good as the whole bucket, but for keys we never heard of."""
        names = sorted(await self._names())
        hq, found = Headquarters(session, self._store_id), Contents(whole=bool(names))
        for first in range(0, len(names), ASKED_AT_ONCE):
            some = names[first : first + ASKED_AT_ONCE]
            entries = await asyncio.gather(*(hq.entry(self._bucket, key) for key in some))
            for key, entry in zip(some, entries, strict=True):
                body = None if entry.gone else entry.value if self._keep(key) else b""
                found.values[key] = Value(entry.revision, body)
        return found

    async def _page(self, consumer: DurableConsumer, found: Contents, last: Delivered | None) -> tuple[Delivered, int]:
        """Read some more of the bucket, acknowledging what was read before: more than so much is not sent ahead."""
        if last is not None:
            await consumer.acknowledge(last)
        newest: Delivered | None = None
        async with aclosing(consumer.read(batch=FULL_BATCH, expires_s=self._look_s)) as messages:
            async for message in messages:
                newest = message
                self._take(found, message)
                if not message.pending:
                    break
        if newest is None:
            raise HqSilent(f"{self._bucket}: what is there does not come.")
        return newest, newest.pending

    async def _look(self, session: Session, consumer: DurableConsumer) -> None:
        """Wait for a change; then, or when none came for a while, make sure that none was kept from us."""
        came = False
        async with aclosing(consumer.read(batch=FULL_BATCH, expires_s=self._look_s)) as messages:
            async for message in messages:
                came, found = True, Contents()
                self._take(found, message)
                await self._changed(session, found)
                self.seen.revision = max(self.seen.revision, message.sequence)
                await consumer.acknowledge(message)
                if self._again.is_set() and consumer.can_reset:  # else what is left here comes late
                    return
        standing = await consumer.standing()
        before, self._kept_back = self._kept_back, bool(standing.pending and not standing.unacknowledged and not came)
        if before and self._kept_back:  # what was put there in this very moment comes with the next look
            raise HqSilent(f"{self._bucket}: {standing.pending} changes wait there and do not come.")
        if not standing.pending:
            await self._checked(self._bucket)

    def _take(self, found: Contents, message: Delivered) -> None:
        key = message.subject.removeprefix(subjects.bucket_subject(self._bucket, ""))
        gone = message.headers.get("KV-Operation") in DELETED
        body = None if gone else message.body if self._keep(key) else b""
        found.values[key] = Value(message.sequence, body)


def scope_of(key: str, store_id: str) -> tuple[str, str] | None:
    """Whose key it is ("common" or "store"), and the rest of it; None where it concerns somebody else."""
    head, _, rest = key.partition(".")
    scopes: Mapping[str, str] = {subjects.COMMON: "common", store_id: "store"}
    return (scopes[head], rest) if head in scopes and rest else None
