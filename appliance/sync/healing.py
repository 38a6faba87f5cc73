"""What is done when the log and head office's stream are not what they were, and how people hear of it.

Nothing here stops selling: a fetched tail goes in by the writer like any command, a fork begins a new life.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from appliance.errors import NotOurs
from appliance.eventstore.clock import Clock
from appliance.eventstore.head import Head
from appliance.eventstore.lives import adopt, begin_life, note
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.eventstore.writer import Writer
from appliance.queries.pool import Pool
from appliance.sync import subjects, upstream_log
from appliance.sync.claim import Life
from appliance.sync.headquarters import Headquarters, Held
from appliance.sync.meeting import Ahead, Forked
from appliance.sync.troubles import Doubt, TailUnreadable

ADOPTED_AT_ONCE = 100  # records in one command: a sale that comes meanwhile waits some milliseconds
_SAID = "SELECT 1 FROM findings WHERE kind = ? AND subject = ? AND resolved_at IS NULL LIMIT 1"


Healed = Callable[[], Awaitable[None]]


class Healing:
    """Heals one store's log and tells what it did as findings."""

    def __init__(self, writer: Writer, pool: Pool, store_id: str, machine: str, clock: Clock, healed: Healed) -> None:
        self._writer = writer
        self._pool = pool
        self._store_id = store_id
        self._machine = machine
        self._clock = clock
        self._healed = healed

    async def fetch(self, hq: Headquarters, life: Life, ahead: Ahead) -> None:
        """Append head office's tail, verified link by link. Raises Doubt where a sale was faster."""
        after = self._writer.head.position
        try:
            await self._fetch(hq, life)
        finally:
            await self._tell(after, ahead)

    async def _fetch(self, hq: Headquarters, life: Life) -> None:
        while (page := await hq.tail(life.incarnation, self._writer.head.position)) and await self._adopted(page, life):
            pass

    async def _tell(self, after: int, ahead: Ahead) -> None:
        """Say what came, also where the line broke in the middle: sagas of it go on, policies of it are in force."""
        now = self._writer.head.position
        if now > after:
            detail = (
                f"This log ended at {after} and head office's at {ahead.last}: the store was restored. "
                f"{now - after} event(s) were fetched and verified. Receipts printed after the backup was made are in "
                f"the log again."
            )
            await self.note("restored", f"{after + 1} to {now}", detail)
            await self._healed()

    async def _adopted(self, page: list[Held], life: Life) -> bool:
        """Append a page in commands; False where the log went another way, and a new life has begun."""
        records = [(each.record, bytes.fromhex(each.hash)) for each in page]
        for start in range(0, len(records), ADOPTED_AT_ONCE):
            before = self._writer.head.position
            try:
                await self._writer.run(partial(adopt, records=records[start : start + ADOPTED_AT_ONCE]))
            except NotOurs as refusal:
                if "position" not in refusal.facts:
                    raise TailUnreadable(refusal.detail) from refusal
                if self._writer.head.position != page[start].position - 1:
                    raise Doubt(f"The log went on from {before} meanwhile.") from refusal
                await self.fork(life, Forked(before))
                return False
        return True

    async def fork(self, life: Life, forked: Forked, known: int = 0) -> None:
        """Begin a new life after the last common event; what was sold since is told anew under it."""
        digest = await upstream_log.hash_at(self._pool, forked.common)
        base = Head(life.incarnation, forked.common, bytes.fromhex(digest or ""))

        def begin(uow: UnitOfWork) -> None:
            number = max(uow.incarnation, known) + 1
            cause = "outlived" if known > life.incarnation else "forked"
            begin_life(
                uow,
                cause=cause,
                detail=self._told(life, base.position, number),
                machine=self._machine,
                clock=self._clock,
                after_incarnation=known,
                base=base,
            )

        await self._writer.run(begin)

    def _told(self, life: Life, common: int, number: int) -> str:
        stream = subjects.event_stream(self._store_id, life.incarnation)
        return (
            f"This log and head office's {stream} hold different events after position {common}: a backup was put "
            f"back or this store runs twice. Selling goes on as incarnation {number}; head office keeps both. There, "
            f"run: backroom hq provision {self._store_id} --incarnation {number} --base {common}. Then see whether "
            f"another box sells as {self._store_id}."
        )

    async def lost(self, life: Life, at: int, once: int) -> None:
        """Say that head office lost what it had acknowledged; it is sent again."""
        stream = subjects.event_stream(self._store_id, life.incarnation)
        detail = (
            f"Head office had acknowledged {stream} up to {once} and now ends at {at}: it was restored or lost its "
            f"disk. {once - at} event(s) are sent again; nothing is missing afterwards."
        )
        await self.note("hq-lost-tail", stream, detail)

    async def hollow(self, life: Life, why: str) -> None:
        """Say that head office's stream has holes that cannot be filled by sending on."""
        stream = subjects.event_stream(self._store_id, life.incarnation)
        detail = (
            f"Head office's {stream} has holes. {why} Sending goes on behind them. To have all again, there run: "
            f"backroom hq provision {self._store_id} --recreate --yes."
        )
        await self.note_once("hq-stream-hollow", stream, detail)

    async def note(self, kind: str, subject: str, detail: str) -> None:
        """Put a finding where people look."""
        await self._writer.run(lambda uow: note(uow, self._clock, kind, subject, detail))

    async def note_once(self, kind: str, subject: str, detail: str) -> None:
        """The same, unless it stands there already and nobody has seen to it."""

        def look(uow: UnitOfWork) -> None:
            if not uow.query(_SAID, (kind, subject)):
                note(uow, self._clock, kind, subject, detail)

        await self._writer.run(look)
