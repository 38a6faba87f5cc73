"""Keeps head office's stream equal to the log, whatever happens to either.

One pass: hold the claim, compare, and then what the comparison says: fetch a tail, begin a new life, or send. Sending
goes on until something is not as expected; then the next pass compares again. The log is read in pages on the
read-only connections, and nothing here stands in the way of a sale.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from appliance.application.ports import Recorded
from appliance.eventstore.clock import Clock
from appliance.eventstore.head import Head
from appliance.eventstore.writer import Writer
from appliance.observability.tracing import Tracing
from appliance.queries.pool import Pool
from appliance.sync import subjects, upstream_log
from appliance.sync.acks import Acks
from appliance.sync.claim import Claim, Life, Outlived
from appliance.sync.connection import Session
from appliance.sync.cursor import Cursor, Mark
from appliance.sync.envelope import Envelopes
from appliance.sync.headquarters import Headquarters, StreamState
from appliance.sync.healing import Healing
from appliance.sync.meeting import Ahead, Forked, Resume, meet
from appliance.sync.pace import Pace
from appliance.sync.sender import Sender
from appliance.sync.state import SyncState
from appliance.sync.troubles import ClaimHeld, Doubt

IDLE_LOOK_SECONDS = 20.0  # how often an idle publisher makes sure that head office still has what it acknowledged
CHECK_SECONDS = 0.5


async def _nothing() -> None:
    """Nobody needs to know."""


@dataclass(frozen=True, slots=True)
class Local:
    """What a publisher needs of the store it publishes."""

    store_id: str
    machine: str
    pool: Pool
    writer: Writer
    clock: Clock
    healed: Callable[[], Awaitable[None]] = _nothing  # after a tail was fetched: what works by the log looks again


class Publisher:
    """A part of the link; one for a store."""

    def __init__(self, local: Local, state: SyncState, cursor: Cursor, tracing: Tracing | None = None) -> None:
        self._local = local
        self._state = state
        self._cursor = cursor
        self._tracing = tracing
        self.claim = Claim(local.machine)
        self._healing = Healing(local.writer, local.pool, local.store_id, local.machine, local.clock, local.healed)
        self._pace = Pace()
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._idle = False
        local.writer.listen(self._committed)

    def _committed(self, head: Head, events: Sequence[Recorded]) -> None:
        """On the writer thread; a publisher that is busy looks by itself, and costs a commit no wake-up."""
        del head, events
        self._pace.sold()
        if self._idle:
            with contextlib.suppress(RuntimeError):  # the loop has closed
                self._loop.call_soon_threadsafe(self._news.set)

    def nudge(self) -> None:
        """Look again now: somebody paused or resumed."""
        self._news.set()

    async def __call__(self, session: Session) -> None:
        """Work on one connection until it ends or something needs a new one."""
        hq = Headquarters(session, self._local.store_id)
        while True:
            await self._while_paused()
            await self._pass(hq)

    async def _while_paused(self) -> None:
        while self._state.paused:
            self._news.clear()
            await self._news.wait()

    async def _pass(self, hq: Headquarters) -> None:
        life = Life(self._local.writer.head.incarnation, await upstream_log.base(self._local.pool))
        if self._state.incarnation != life.incarnation:
            self._state.compared = False
        self._state.incarnation = life.incarnation
        try:
            await self._hold(hq, life)
        except Outlived as known:
            await self._healing.fork(life, Forked(life.base), known.incarnation)
            return
        stream, outcome = await meet(hq, self._local.pool, life, self._local.writer.head.position)
        if isinstance(outcome, Forked):
            await self._healing.fork(life, outcome)
        elif isinstance(outcome, Ahead):
            await self._healing.fetch(hq, life, outcome)
        else:
            await self._send(hq, life, stream, outcome)

    async def _hold(self, hq: Headquarters, life: Life) -> None:
        try:
            await self.claim.hold(hq, life)
        except ClaimHeld as held:
            self._state.claim = "refused"
            await self._healing.note_once("claim-refused", hq.store_id, f"{held.title}. {held.detail} {held.hint}")
            raise
        self._state.claim = "held"

    async def _send(self, hq: Headquarters, life: Life, stream: StreamState, resume: Resume) -> None:
        state, writer = self._state, self._local.writer
        once = self._acknowledged_once(life)
        state.acknowledged, state.compared, state.batches = resume.at, True, stream.atomic
        await self._note(life, resume, once)
        state.rate.restart()
        state.rate.mark(resume.at)
        state.trouble = None
        name = subjects.event_stream(hq.store_id, life.incarnation)
        async with (
            upstream_log.Pages(self._local.pool) as pages,
            Acks(hq.session, resume.at, state.told, self._news) as acks,
        ):
            envelopes = Envelopes(hq.store_id, life.incarnation, self._tracing)
            sender = Sender(hq.session, acks, envelopes, name, self._pace, atomic=stream.atomic)
            while not state.paused and writer.head.incarnation == life.incarnation:
                waiting = writer.head.position - acks.sent
                if waiting > 0:
                    self._pace.begin()
                    await sender.send(await pages.next(acks.sent, waiting))
                    await self._pace.breathe()
                else:
                    await self._wait(hq, life, acks)
            await acks.within(0)

    async def _note(self, life: Life, resume: Resume, once: int) -> None:
        if once > resume.at:
            await self._healing.lost(life, resume.at, once)
            await self._cursor.keep(Mark(life.incarnation, resume.at, self._state.paused))
        if resume.hollow:
            await self._healing.hollow(life, resume.hollow)

    def _acknowledged_once(self, life: Life) -> int:
        """What head office has acknowledged in this life, written down or not."""
        kept, state = self._cursor.kept, self._state
        return max(
            kept.position if kept.incarnation == life.incarnation else 0,
            state.acknowledged if state.compared and state.incarnation == life.incarnation else 0,
        )

    async def _wait(self, hq: Headquarters, life: Life, acks: Acks) -> None:
        """Everything is sent: until something is committed, or it is time to look whether all is still there."""
        look_at = time.monotonic() + IDLE_LOOK_SECONDS
        writer = self._local.writer
        while not self._state.paused:
            acks.check()
            self._news.clear()
            self._idle = True
            try:
                if writer.head.position > acks.sent:
                    return
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), CHECK_SECONDS)
            finally:
                self._idle = False
            if time.monotonic() >= look_at and acks.sent == acks.acknowledged:
                await self._look(hq, life, acks.sent)
                return

    async def _look(self, hq: Headquarters, life: Life, at: int) -> None:
        await self._hold(hq, life)
        stream = await hq.stream(life.incarnation)
        if stream is None or stream.last != at or stream.deleted or stream.begins != life.base + 1:
            raise Doubt("Head office no longer has what it acknowledged.")
