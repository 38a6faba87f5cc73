"""Making head office's server what its stores need, or saying what is otherwise; as often as one likes.

No stream is ever deleted but by `recreate`: what cannot be changed in place, such as where one begins, is drift that is
reported and left alone. A consumer holds nothing but a place to read from, which stores do not rely on, so one that
cannot be changed is made anew.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from appliance.errors import StoreError
from appliance.hq import drift, resources, sending
from appliance.hq.connection import JetStream
from appliance.hq.failures import ProvisionRefused, ServerRefused
from appliance.hq.resources import Consumer, Life, Options, Stream
from appliance.hq.sending import Outgoing
from appliance.sync import subjects
from appliance.sync.claim import read

AT_ONCE = 32  # requests under way; the server makes streams one after another anyway


@dataclass(slots=True)
class Findings:
    """What was otherwise, and what was done about it."""

    drift: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def limits_of(version: tuple[int, int, int]) -> list[str]:
    """What does not work with a server as old as this. Raises ProvisionRefused for one that is too old."""
    named = ".".join(str(part) for part in version)
    if version[:2] < resources.OLDEST_SERVER:
        oldest = ".".join(str(part) for part in resources.OLDEST_SERVER)
        detail = f"The server is nats-server {named}; streams that begin at a given position need {oldest} or newer."
        raise ProvisionRefused(detail)
    return [
        f"nats-server {named} has {missing} (from {since[0]}.{since[1]} on)"
        for since, missing in resources.FEATURES.items()
        if version[:2] < since
    ]


class Provisioner:
    """Looks at the server (`fix=False`) or makes it right (`fix=True`)."""

    def __init__(
        self, jetstream: JetStream, options: Options, *, fix: bool, regions: Mapping[str, str] | None = None
    ) -> None:
        self.findings = Findings(notes=limits_of(jetstream.version))
        self._js = jetstream
        self._options = options
        self._fix = fix
        self._regions = regions or {}  # store -> the domain that holds its streams, where it is not this one

    async def shared(self) -> None:
        """The commands and the buckets."""
        for stream in resources.common(self._options):
            await self._stream(stream)

    async def stores(self, lives: Iterable[Life]) -> None:
        """Each store's living stream and its consumers; streams of former lives are moved aside first."""
        await together([partial(self._store, life) for life in lives])

    async def recreate(self, life: Life) -> None:
        """Delete a store's living stream: the store sends all of it again. Only for one that lost events."""
        if await self._js.find(f"STREAM.DELETE.{life.stream}") is not None:
            self.findings.changed.append(f"{life.stream} was deleted to be made anew")

    async def release(self, store: str) -> None:
        """Give a store's claim free: whichever box of it comes next publishes from then on."""
        await sending.send(self._js, [Outgoing(subjects.bucket_subject(subjects.CLAIMS_BUCKET, store), b"")])
        self.findings.changed.append(f"the claim of {store} was released")

    async def _store(self, life: Life) -> None:
        region = self._regions.get(life.store, "")
        if not region:
            await self._retire_before(life)
        info = await self._stream(resources.events_of(life, self._options, region), life.store)
        if region:
            return  # it reads its commands and keys from the region's copies
        if info is not None and not info["state"]["messages"]:
            self.findings.drift += drift.lost_before_resent(life, info, await self._claimed_at(life))
        for consumer in resources.consumers_of(life.store):
            await self._consumer(consumer, life.store)

    async def _claimed_at(self, life: Life) -> str | None:
        """Since when a box speaks for this life of the store; None where none does."""
        subject = subjects.bucket_subject(subjects.CLAIMS_BUCKET, life.store)
        stream = subjects.bucket_stream(subjects.CLAIMS_BUCKET)
        found = await self._js.find(f"STREAM.MSG.GET.{stream}", {"last_by_subj": subject})
        holder = read(base64.b64decode(found["message"].get("data", ""))) if found else None
        if found is None or holder is None or holder.incarnation != life.incarnation:
            return None
        moment: str = found["message"]["time"]
        return moment

    async def _retire_before(self, life: Life) -> None:
        """Take the event subjects from every former life: only one stream can listen on them."""
        for number in range(1, life.incarnation):
            former = Life(life.store, number)
            aside = [subjects.retired_subjects(life.store, number)]
            info = await self._js.find(f"STREAM.INFO.{former.stream}")
            if info is not None and info["config"]["subjects"] != aside:
                await self._update(former.stream, info["config"], {"subjects": aside}, life.store)

    async def _stream(self, wanted: Stream, store: str = "") -> dict[str, Any] | None:
        """Make or change it, or say what is otherwise; answers what was there before."""
        info = await self._js.find(f"STREAM.INFO.{wanted.name}")
        if info is None:
            body = {"name": wanted.name, **wanted.config}
            await self._make(f"stream {wanted.name}", f"STREAM.CREATE.{wanted.name}", body, store)
            return None
        config, anew = info["config"], drift.anew(wanted.name, store)
        self.findings.drift += drift.mended_by(anew, *drift.hollow(wanted, info["state"]))
        other = drift.differences(wanted.config, config, drift.UNSET_OF_STREAMS)
        if begins := drift.begins_at_1_in_words(wanted, config):
            del other["first_seq"]
            hurts = self._options.server[:2] < drift.FIRST_SEQ_1_HURTS_BEFORE
            (self.findings.drift if hurts else self.findings.notes).extend(drift.mended_by(anew, begins))
        fixed = [name for name in drift.FIXED if name in other]
        told = [drift.unlike(wanted.name, name, other.pop(name), config.get(name)) for name in fixed]
        self.findings.drift += drift.mended_by(anew, *told)
        if other:
            await self._update(wanted.name, config, other, store)
        return info

    async def _update(self, stream: str, config: Mapping[str, Any], changes: Mapping[str, Any], store: str) -> None:
        told = [drift.unlike(stream, name, value, config.get(name)) for name, value in changes.items()]
        if not self._fix:
            self.findings.drift += drift.mended_by(drift.provision(store), *told)
            return
        try:
            await self._js.ask(f"STREAM.UPDATE.{stream}", {**config, **changes})
        except ServerRefused as refused:
            told = [f"{each}, which the server does not change ({refused.detail.rstrip('.')})" for each in told]
            self.findings.drift += drift.mended_by(drift.anew(stream, store), *told)
            return
        self.findings.changed += told

    async def _consumer(self, wanted: Consumer, store: str) -> None:
        called = f"consumer {wanted.name} of {wanted.stream}"
        body = {"stream_name": wanted.stream, "config": wanted.config}
        info = await self._js.find(f"CONSUMER.INFO.{wanted.stream}.{wanted.name}")
        create = f"CONSUMER.CREATE.{wanted.stream}.{wanted.name}"
        if info is None:
            await self._make(called, create, body, store)
            return
        other = drift.differences(wanted.config, info["config"], drift.UNSET_OF_CONSUMERS)
        told = [drift.unlike(called, name, value, info["config"].get(name)) for name, value in other.items()]
        if not told:
            return
        if not self._fix:
            self.findings.drift += drift.mended_by(drift.provision(store), *told)
            return
        kept = {name: value for name, value in info["config"].items() if name not in drift.UNSET_OF_CONSUMERS}
        try:
            await self._js.ask(create, {**body, "config": {**kept, **wanted.config}})
        except ServerRefused:
            await self._js.ask(f"CONSUMER.DELETE.{wanted.stream}.{wanted.name}")
            await self._js.ask(create, body)
        self.findings.changed += told

    async def _make(self, called: str, call: str, body: Mapping[str, Any], store: str) -> None:
        if not self._fix:
            self.findings.drift += drift.mended_by(drift.provision(store), f"{called} is missing")
            return
        await self._js.ask(call, body)
        self.findings.made.append(called)


async def together(work: Sequence[Callable[[], Awaitable[None]]]) -> None:
    """Do all of it, so many at once; the first failure ends the rest."""
    waiting = list(reversed(work))

    async def worker() -> None:
        while waiting:
            await waiting.pop()()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(AT_ONCE, len(work))):
                group.create_task(worker())
    except* StoreError as failed:
        raise failed.exceptions[0] from None
