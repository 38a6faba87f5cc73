"""Sagas in a running appliance: put together, started last, stopped first.

Start, once views that decisions read are ready: definitions are checked against what is in flight, messages of a dead
process are given back, every living saga is proved to hold a message, and only then the worker begins.
Stop: the worker takes nothing more and gives back what it had fetched; calls under way get their grace; what is cut off
is given back as perhaps carried out. The writer goes on until all that is written.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

from dramatiq.middleware import AgeLimit, Callbacks, CurrentMessage, Middleware, Pipelines, Retries

from appliance.application.deadlines import Deadlines
from appliance.application.outside import Outside
from appliance.errors import StoreError
from appliance.eventstore.clock import Clock, rfc3339
from appliance.eventstore.steady import WRITE_ANCHOR, SteadyClock
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.eventstore.writer import Writer
from appliance.sagas import reconcile
from appliance.sagas.broker import SqliteBroker
from appliance.sagas.census import Census, count
from appliance.sagas.course import Course
from appliance.sagas.engine import AT_ONCE, Engine
from appliance.sagas.middleware import AtHand, OnLoop
from appliance.sagas.performing import Performer, Point
from appliance.sagas.turn import QUEUE
from appliance.sagas.worker import PromptWorker

WORKER_THREADS = 4  # sagas hold none while they wait; ordinary actors do
WORKER_STOP_MS = 2_000  # for ordinary actors under way at a stop
GRACE_SECONDS = 2.0  # for calls of sagas under way at a stop
ANCHOR_SECONDS = 300.0
CENSUS_SECONDS = 2.0

Declare = Callable[[SqliteBroker], None]
"""Declares further actors."""


class Sagas:
    """The broker, its worker and the engine, as one part."""

    def __init__(
        self,
        writer: Writer,
        course: Course,
        outside: Outside,
        *,
        clock: Clock,
        steady: SteadyClock,
        middleware: Sequence[Middleware] = (),
        declare: Declare = lambda _: None,
        threads: int = WORKER_THREADS,
        point: Point = lambda _: None,
    ) -> None:
        loop = asyncio.get_running_loop()
        at_hand = AtHand()
        usual = (AgeLimit(), Callbacks(), Pipelines(), Retries(), CurrentMessage())
        self.broker = SqliteBroker(
            writer,
            steady,
            stamp=lambda: rfc3339(clock()),
            middleware=[*usual, OnLoop(loop), at_hand, *middleware],
            limits={QUEUE: AT_ONCE},
            point=point,
        )
        self.engine = Engine(course, Performer(outside, clock, steady, Deadlines(), point), writer, self.broker, point)
        self.engine.declare(at_hand)
        declare(self.broker)
        self.course = course
        self._writer = writer
        self._clock = clock
        self._steady = steady
        self._worker = PromptWorker(self.broker, threads)
        self._chores: list[asyncio.Task[None]] = []
        self.census = Census()

    async def start(self) -> None:
        """Begin to work. Raises DefinitionMissing where a saga in flight is of a version that has no code here."""
        self._writer.hear(self.broker.queues)
        await self._writer.run(self._prepare)
        await asyncio.to_thread(self._worker.start)
        self._chores = [asyncio.create_task(self._anchor()), asyncio.create_task(self._count())]

    def _prepare(self, uow: UnitOfWork) -> None:
        actors, queues = set(self.broker.actors), set(self.broker.queues)
        reconcile.recover(uow, self.course, actors, queues, rfc3339(self._clock()))

    async def take_up(self) -> None:
        """Go on with sagas that came into the log by other ways than this process: with a tail that was fetched."""
        await self._writer.run(self._mend)

    def _mend(self, uow: UnitOfWork) -> None:
        stamp = rfc3339(self._clock())
        try:
            reconcile.check_definitions(uow, self.course)
        except reconcile.DefinitionMissing as missing:  # of a newer program; what we know goes on at its next start
            note = (stamp, missing.code, "sagas", uow.position, f"{missing.detail} {missing.hint}")
            uow.execute(reconcile.FINDING, note)
        else:
            reconcile.mend(uow, stamp)

    async def stop(self) -> None:
        """End in order; nothing is lost, whatever does not end in time."""
        for chore in self._chores:
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
        await asyncio.to_thread(self._worker.stop, WORKER_STOP_MS)
        await self.engine.stop(GRACE_SECONDS)
        with contextlib.suppress(StoreError):  # a store that stopped for its disk takes nothing more
            await self._writer.run(self._write_anchor)

    async def _anchor(self) -> None:
        """Note now and then how late it is, so that little depends on the wall clock after a power cut."""
        while True:
            await asyncio.sleep(ANCHOR_SECONDS)
            with contextlib.suppress(StoreError):
                await self._writer.run(self._write_anchor)

    async def _count(self) -> None:
        """Keep the figures that metrics and health show; a scrape reads them and asks nobody."""
        while True:
            with contextlib.suppress(StoreError):
                self.census = await self._writer.run(count, behind=True)
            await asyncio.sleep(CENSUS_SECONDS)

    def _write_anchor(self, uow: UnitOfWork) -> None:
        uow.execute(WRITE_ANCHOR, self._steady.anchor())


@contextlib.asynccontextmanager
async def running(sagas: Sagas) -> AsyncIterator[Sagas]:
    """Started on entering, stopped on leaving."""
    await sagas.start()
    try:
        yield sagas
    finally:
        await sagas.stop()
