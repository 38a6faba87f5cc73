"""Fetching a store's whole log from head office into an empty one: claimed, proven event for event, begun anew.

What is there already is gone on from, so that a fetch may be broken off anywhere and repeated. The next pages are on
their way while one is written, and those that wait for the disk together are committed together.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from functools import partial

from appliance.errors import NotOurs
from appliance.eventstore import skim
from appliance.eventstore.clock import Clock
from appliance.eventstore.lives import adopt, begin_life
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.eventstore.writer import Writer
from appliance.sync import subjects
from appliance.sync.claim import Claim, Life, read
from appliance.sync.connection import Failed
from appliance.sync.headquarters import Headquarters, Held
from appliance.sync.lineage import Past, past_of
from appliance.sync.troubles import ClaimHeld, Doubt, PastUnusable, StillClaimed, SyncTrouble

REPLACED = "replaced"
LUMP, LUMP_BYTES = 2_000, 8 << 20  # written at once: a commit costs by the pages it touches, not by its events
AHEAD = 3  # lumps that may wait to be written

Progress = Callable[[int, int], None]
"""Told how far it is, and how far it goes."""


class Refetching:
    """One empty store's way to its past."""

    def __init__(self, hq: Headquarters, writer: Writer, machine: str, clock: Clock) -> None:
        self._hq = hq
        self._writer = writer
        self._machine = machine
        self._clock = clock

    async def claim(self) -> Past:
        """Speak for the store from now on; where its log lies. Raises StillClaimed, NoPast, PastUnusable."""
        past = await past_of(self._hq)
        entry = await self._hq.entry(subjects.CLAIMS_BUCKET, self._hq.store_id)
        holder = read(entry.value)
        latest = max(past.incarnation, holder.incarnation if holder else 0)
        last = past.segments[-1]
        try:
            await Claim(self._machine).hold(self._hq, Life(latest, last.first - 1))
        except (ClaimHeld, Doubt) as held:
            raise StillClaimed(held.detail) from held
        return Past(past.segments, latest)

    async def fetch(self, past: Past, progress: Progress) -> None:
        """Append what is not here yet. Raises PastUnusable where an event is missing or does not follow."""
        found = lumps(pages(self._hq, past, self._writer.head.position))
        under_way: deque[asyncio.Task[None]] = deque()
        try:
            async for lump in found:
                if len(under_way) == AHEAD:
                    await under_way.popleft()
                under_way.append(
                    asyncio.ensure_future(self._append(lump, partial(progress, lump[-1].position, past.last)))
                )
            while under_way:
                await under_way.popleft()
        finally:
            await asyncio.gather(*under_way, return_exceptions=True)  # written or refused, before anybody asks how far
            await found.aclose()

    async def _append(self, lump: list[Held], written: Callable[[], None]) -> None:
        records = [(each.record, bytes.fromhex(each.hash)) for each in lump]
        try:
            await self._writer.run(partial(adopt, records=records, decode=skim.read))
        except NotOurs as refusal:
            raise PastUnusable(f"{refusal.detail} What head office has is not one whole log.") from refusal
        written()

    async def begin(self, past: Past) -> int:
        """Begin a life of its own, once: what the lost box sold and never sent keeps its receipt numbers to itself."""
        detail = (
            f"This box replaces another: {past.last} event(s) came from head office and were verified. Receipt numbers "
            f"are of a new life, since the other box may have printed some that head office never heard of."
        )

        def work(uow: UnitOfWork) -> int:
            if uow.position > past.last:
                return uow.incarnation
            return begin_life(
                uow,
                cause=REPLACED,
                detail=detail,
                machine=self._machine,
                clock=self._clock,
                after_incarnation=past.incarnation,
            )

        return await self._writer.run(work)


async def pages(hq: Headquarters, past: Past, after: int) -> AsyncGenerator[list[Held], None]:
    """The events after a position, life after life, without a gap. Raises PastUnusable."""
    for segment in past.segments:
        while after < segment.last:
            page = [each for each in await hq.tail(segment.incarnation, after) if each.position <= segment.last]
            if not page or any(each.position != at for at, each in enumerate(page, after + 1)):
                name = subjects.event_stream(hq.store_id, segment.incarnation)
                raise PastUnusable(f"{name} has a gap after position {after}.")
            yield page
            after = page[-1].position


async def lumps(found: AsyncGenerator[list[Held], None]) -> AsyncGenerator[list[Held], None]:
    """Pages put together for writing; where the fetch breaks off, what came is handed out before that is said."""
    lump: list[Held] = []
    trouble: Exception | None = None
    try:
        async for page in found:
            lump += page
            if len(lump) >= LUMP or sum(len(each.record) for each in lump) >= LUMP_BYTES:
                yield lump
                lump = []
    except (SyncTrouble, *Failed) as error:
        trouble = error
    finally:
        await found.aclose()
    if lump:
        yield lump
    if trouble is not None:
        raise trouble
