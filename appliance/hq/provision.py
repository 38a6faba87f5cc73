"""Making head office's server what its stores need, or saying what is otherwise; as often as one likes.

Nothing is ever deleted but by `recreate`. What cannot be changed in place, such as where a stream begins, is drift that
is reported and left alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from appliance.errors import StoreError
from appliance.hq import resources, sending
from appliance.hq.connection import JetStream
from appliance.hq.failures import ProvisionRefused
from appliance.hq.resources import BASE, Consumer, Life, Options, Stream
from appliance.hq.sending import Outgoing
from appliance.sync import subjects

AT_ONCE = 32  # requests under way; the server makes streams one after another anyway
FIXED = ("first_seq", "storage", "retention", "mirror")  # what a stream keeps from its making on
FIXED_OF_CONSUMERS = ("ack_policy", "deliver_policy")


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
        await self._stream(resources.events_of(life, self._options, region))
        if region:
            return  # it reads its commands and keys from the region's copies
        for consumer in resources.consumers_of(life.store):
            await self._consumer(consumer)

    async def _retire_before(self, life: Life) -> None:
        """Take the event subjects from every former life: only one stream can listen on them."""
        for number in range(1, life.incarnation):
            former = Life(life.store, number)
            aside = [subjects.retired_subjects(life.store, number)]
            info = await self._js.find(f"STREAM.INFO.{former.stream}")
            if info is not None and info["config"]["subjects"] != aside:
                await self._update(former.stream, info["config"], {"subjects": aside})

    async def _stream(self, wanted: Stream) -> None:
        info = await self._js.find(f"STREAM.INFO.{wanted.name}")
        if info is None:
            await self._make(
                f"stream {wanted.name}", f"STREAM.CREATE.{wanted.name}", {"name": wanted.name, **wanted.config}
            )
            return
        self.findings.drift += hollow(wanted, info["state"])
        other = differences(wanted.config, info["config"])
        for name in FIXED:
            if name in other:
                self.findings.drift.append(_unlike(wanted.name, name, wanted.config[name], info["config"].get(name)))
        changes = {name: value for name, value in other.items() if name not in FIXED}
        if changes:
            await self._update(wanted.name, info["config"], changes)

    async def _update(self, stream: str, config: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
        told = [_unlike(stream, name, value, config.get(name)) for name, value in changes.items()]
        if not self._fix:
            self.findings.drift += told
            return
        await self._js.ask(f"STREAM.UPDATE.{stream}", {**config, **changes})
        self.findings.changed += told

    async def _consumer(self, wanted: Consumer) -> None:
        called = f"consumer {wanted.name} of {wanted.stream}"
        body = {"stream_name": wanted.stream, "config": wanted.config}
        info = await self._js.find(f"CONSUMER.INFO.{wanted.stream}.{wanted.name}")
        create = f"CONSUMER.CREATE.{wanted.stream}.{wanted.name}"
        if info is None:
            await self._make(called, create, body)
            return
        other = differences(wanted.config, info["config"])
        told = [_unlike(called, name, value, info["config"].get(name)) for name, value in other.items()]
        if not told:
            return
        if not self._fix or any(name in other for name in FIXED_OF_CONSUMERS):
            self.findings.drift += told
            return
        await self._js.ask(create, {**body, "config": {**info["config"], **wanted.config}})
        self.findings.changed += told

    async def _make(self, called: str, call: str, body: Mapping[str, Any]) -> None:
        if not self._fix:
            self.findings.drift.append(f"{called} is missing")
            return
        await self._js.ask(call, body)
        self.findings.made.append(called)


def differences(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """What is wanted and is otherwise; a server leaves out what is false, nothing or 0, and adds notes of its own."""
    return {name: value for name, value in wanted.items() if not _says(found.get(name), value)}


def _says(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(_says(found.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, list) and wanted:
        return isinstance(found, list) and len(found) == len(wanted) and all(map(_says, found, wanted))
    return bool((found or None) == (wanted or None))


def hollow(wanted: Stream, state: Mapping[str, Any]) -> list[str]:
    """How a stream of events is not what was once acknowledged, by its own account."""
    base = wanted.config.get("metadata", {}).get(BASE)
    if base is None or "mirror" in wanted.config:
        return []
    told, begins = [], int(base) + 1
    if state["messages"] and state["first_seq"] != begins:
        told.append(_unlike(wanted.name, "first event", begins, state["first_seq"]))
    if state.get("num_deleted"):
        told.append(f"{wanted.name} is hollow: {state['num_deleted']} event(s) in it were deleted")
    if not state["messages"] and state["last_seq"] >= begins:
        told.append(f"{wanted.name} is hollow: it has been emptied")
    return told


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


def _unlike(thing: str, name: str, wanted: Any, found: Any) -> str:
    return f"{thing}: {name} is {found!r} and should be {wanted!r}"
