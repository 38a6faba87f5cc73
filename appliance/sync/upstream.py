"""The whole way up, as the rest of the store sees it: started once, asked what it does, paused, compared, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Any

import nats.errors
from nats.aio.client import Client

from appliance.domain.refusals import Refusal
from appliance.observability.tracing import Tracing
from appliance.sync import upstream_log, versions
from appliance.sync.claim import Life
from appliance.sync.comparing import Comparison, compare
from appliance.sync.connection import Address, Link, Session
from appliance.sync.cursor import Cursor, Mark
from appliance.sync.diagnostics import Diagnostics
from appliance.sync.downstream import Downstream
from appliance.sync.headquarters import Headquarters
from appliance.sync.publisher import Local, Publisher
from appliance.sync.state import SyncState
from appliance.sync.troubles import HqUnreachable, SyncTrouble
from appliance.sync.unsent import Unsent

KEEP_SECONDS = 5.0  # between two writes of what head office acknowledged
STOP_SECONDS = 3.0
QUIET_SECONDS = 60.0  # the same is not logged twice within it: a line that flaps would fill the log

_log = logging.getLogger("backroom.sync")


class Upstream:
    """Publishes one store's log; the publisher of a store, and whoever else works on its link to head office."""

    def __init__(self, local: Local, address: Address, version: str, tracing: Tracing | None = None) -> None:
        self.state = SyncState()
        self.down: Downstream | None = None
        self.link = Link(address, self._heard)
        self._local = local
        self._address = address
        self._cursor = Cursor(local.writer, local.clock)
        self._publisher = Publisher(local, self.state, self._cursor, tracing)
        self._tasks: list[asyncio.Task[None]] = []
        self._said = ""
        self._stopping = False
        self._logged: dict[str, float] = {}
        self._lacks: list[str] = []
        self._unsent = Unsent()
        self.link.on_refused = self._refused
        self.link.add(self._greet)
        self.link.add(self._publisher)
        self.link.add(Diagnostics(local.store_id, version, self.status))

    async def start(self) -> None:
        """Begin; returns at once, whether head office is in reach or not."""
        mark = await self._cursor.load()
        self.state.paused = mark.paused
        self.state.incarnation = self._local.writer.head.incarnation
        self.state.acknowledged = mark.position if mark.incarnation == self.state.incarnation else 0
        self._tasks = [asyncio.create_task(self.link.run()), asyncio.create_task(self._keep())]

    async def stop(self) -> None:
        """Hang up and write down what was acknowledged, within a few seconds."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
            with contextlib.suppress(Refusal):  # a store that cannot write starts from what it wrote before
                await self._keep_now()

    # --- what people ask ----------------------------------------------------------------------------------------

    async def status(self) -> dict[str, Any]:
        """Where it stands: connected, positions, backlog, rate, trouble; all of `GET /sync`."""
        state, head = self.state, self._local.writer.head
        backlog = self.backlog
        waiting, oldest = await upstream_log.waiting(self._local.pool, head.position - backlog, backlog)
        rate = state.rate.now(state.acknowledged)
        session = self.link.session
        return {
            "enabled": True,
            "connected": session is not None,
            "server": ".".join(str(part) for part in session.version) if session else None,
            "lacks": versions.lacks(session.version) if session else [],
            "url": ", ".join(self._address.urls),
            "store_id": self._local.store_id,
            "incarnation": head.incarnation,
            "position": head.position,
            "acknowledged": state.acknowledged,
            "compared": state.compared,
            "backlog": {"events": backlog, "bytes": waiting, "oldest_recorded_at": oldest},
            "rate": round(rate, 1),
            "drained_in_seconds": round(backlog / rate, 1) if backlog and rate else (None if backlog else 0.0),
            "paused": state.paused,
            "claim": state.claim,
            "batches": state.batches,
            "refused": {"count": self.link.refused, "last": state.refusal or None},
            "trouble": told(state.trouble),
            "down": await self.down.status() if self.down is not None else None,
        }

    @property
    def backlog(self) -> int:
        """Events that head office has not acknowledged."""
        head = self._local.writer.head
        known = self.state.acknowledged if self.state.incarnation == head.incarnation else 0
        return max(0, head.position - known)

    @property
    def client(self) -> Client | None:
        """The connection that stands now, for who only asks something over it."""
        return None if self.link.session is None else self.link.session.client

    async def pause(self, *, paused: bool) -> None:
        """Send nothing, over restarts too, until told otherwise; or go on, as a process that never held the claim."""
        self.state.paused = paused
        if not paused:
            self._publisher.claim.renew()
        self._publisher.nudge()
        await self._keep_now()

    async def compare(self) -> Comparison:
        """Look at head office's stream and hold some of its events against ours. Raises SyncTrouble."""
        session = self.link.session
        if session is None:
            raise HqUnreachable("There is no connection to compare over.") from self.state.trouble
        life = Life(self._local.writer.head.incarnation, await upstream_log.base(self._local.pool))
        hq = Headquarters(session, self._local.store_id)
        try:
            return await compare(hq, self._local.pool, life, self._local.writer.head.position)
        except (nats.errors.Error, TimeoutError) as error:
            raise HqUnreachable("The connection broke while comparing.") from error

    def reads(self) -> dict[str, Callable[[], float]]:
        """What the metrics read when asked."""
        state = self.state
        return {
            "backroom_sync_connected": lambda: float(self.link.session is not None),
            "backroom_sync_acknowledged_position": lambda: state.acknowledged,
            "backroom_sync_backlog_events": lambda: self.backlog,
            "backroom_sync_oldest_unsent_seconds": self._oldest_unsent,
            "backroom_sync_events_per_second": lambda: state.rate.now(state.acknowledged),
            "backroom_sync_connections_total": lambda: self.link.connected_count,
            "backroom_sync_refused_total": lambda: self.link.refused,
            "backroom_sync_paused": lambda: float(state.paused),
            "backroom_sync_claim_refused": lambda: float(state.claim == "refused"),
            "backroom_sync_trouble": lambda: float(state.trouble is not None),
        } | (self.down.reads() if self.down is not None else {})

    def take(self, down: Downstream) -> None:
        """Let the way down work on the same link; before the start."""
        self.down = down
        for part in down.parts:
            self.link.add(part)

    def _oldest_unsent(self) -> float:
        head = self._local.writer.head.position
        return self._unsent.seconds(head, head - self.backlog)

    # --- while it runs ------------------------------------------------------------------------------------------

    def _heard(self, trouble: SyncTrouble | None) -> None:
        if self._stopping:  # that a connection ends which we hang up is no trouble
            return
        self.state.heard(trouble)
        said = f"{trouble.title}: {trouble.detail} {trouble.hint}" if self.state.trouble and trouble else ""
        if said and said != self._said:
            self._log(logging.WARNING, said)
        elif self._said and trouble is None:
            self._log(logging.INFO, "connected to head office")
        self._said = said or ("" if trouble is None else self._said)

    def _log(self, level: int, said: str) -> None:
        now = time.monotonic()
        self._logged = {each: at for each, at in self._logged.items() if now - at < QUIET_SECONDS}
        if said not in self._logged:
            self._logged[said] = now
            _log.log(level, "sync: %s", said)

    async def _greet(self, session: Session) -> None:
        """Say once what a server that is older has not."""
        missing = versions.lacks(session.version)
        if missing and missing != self._lacks:
            _log.warning("sync: %s has %s", versions.named(session.version), "; ".join(missing))
        self._lacks = missing

    def _refused(self, said: str) -> None:
        self.state.refused += 1
        self.state.refusal = said

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(KEEP_SECONDS)
            self._oldest_unsent()
            with contextlib.suppress(Refusal):  # a full disk is said elsewhere; the next time it may fit
                await self._keep_now()

    async def _keep_now(self) -> None:
        state = self.state
        if state.compared or state.paused != self._cursor.kept.paused:
            position = state.acknowledged if state.compared else self._cursor.kept.position
            await self._cursor.keep(Mark(state.incarnation, position, state.paused))


def told(trouble: SyncTrouble | None) -> dict[str, str] | None:
    """A trouble in plain words."""
    if trouble is None:
        return None
    return {"code": trouble.code, "title": trouble.title, "detail": trouble.detail, "hint": trouble.hint}
