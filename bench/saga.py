"""`saga_steps`, `broker_messages`, `wake`: durable work through Dramatiq's worker, beside DBOS and the StubBroker."""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import dramatiq
import uvloop
from dramatiq.brokers.stub import StubBroker

from appliance.application import facts
from appliance.application.outside import Outside
from appliance.application.ports import Context
from appliance.eventstore.clock import system_clock
from appliance.eventstore.group import Wiring
from appliance.eventstore.ids import uuid7
from appliance.eventstore.steady import SteadyClock
from appliance.eventstore.store import EventStore, open_store
from appliance.process import settle_garbage_collector
from appliance.projections import states
from appliance.projections.live import LiveFold
from appliance.sagas import state as saga_state
from appliance.sagas.broker import SqliteBroker
from appliance.sagas.course import Course
from appliance.sagas.definition import Begin, Call, Data, Definition, Step
from appliance.sagas.runtime import Sagas
from bench.report import Result, at_least, not_measured

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

STEPS = 5
AT_ONCE = 64
SECONDS = 4.0
ROUNDS = 3
LEAST_STEPS = 1_500.0  # a second, here
TIMES_DBOS = 5.0
MESSAGES = 3_000
SENDERS = 64  # commands at once, each with a message in its transaction: how the store itself sends
TEXT = "x" * 200
OF_STUB = 0.3
WAKES = 200
MOST_WAKE_MS = 5.0
PAUSE_SECONDS = 0.01


async def _nothing(call: Call) -> Data:
    del call
    return {}


def _definition(on_first: Callable[[], None] = lambda: None) -> Definition:
    async def first(call: Call) -> Data:
        on_first()
        return await _nothing(call)

    actions = [first, *[_nothing] * (STEPS - 1)]
    steps = [Step(name=f"step-{n}", action=action) for n, action in enumerate(actions, 1)]
    return Definition(name="bench", version=1, steps=steps)


@dataclass
class _Running:
    store: EventStore
    sagas: Sagas

    def begin(self, saga_id: str) -> asyncio.Future[Any]:
        begin = Begin(saga_id=saga_id, subject=saga_id, input={"order_id": saga_id})
        context = Context(command_id=saga_id, occurred_at=system_clock())
        return asyncio.ensure_future(
            self.store.writer.run(lambda uow: self.sagas.course.begin(uow, "bench", begin, context), behind=True)
        )


@asynccontextmanager
async def _running(
    folder: Path, definition: Definition, declare: Callable[[SqliteBroker], None] = lambda _: None
) -> AsyncIterator[_Running]:
    course, steady = Course([definition], system_clock), SteadyClock()
    touches = {**facts.TOUCH, **saga_state.TOUCH}
    wiring = Wiring(
        fold=LiveFold(lambda _: None), touches=touches, clock=system_clock, reactions=course.reactions(), steady=steady
    )

    def prepare(db: Any) -> None:
        db.execute("BEGIN IMMEDIATE")
        states.prepare(db, "2026-11-24T00:00:00.000000Z")
        db.execute("COMMIT")

    store = open_store(folder, wiring, prepare=prepare)
    sagas = Sagas(
        store.writer, course, cast("Outside", None), clock=system_clock, steady=steady, declare=declare, threads=8
    )
    await sagas.start()
    settle_garbage_collector()
    try:
        yield _Running(store, sagas)
    finally:
        await sagas.stop()
        await asyncio.to_thread(store.close)


# --- saga_steps ------------------------------------------------------------------------------------------------


async def _steps(folder: Path) -> tuple[float, float]:
    """Steps a second with 64 sagas under way all the time, each begun when another has ended; and CPU us a step."""
    ended = asyncio.Semaphore(AT_ONCE)
    done = 0
    loop = asyncio.get_running_loop()

    def tell(_: Any, events: Any) -> None:
        finished = sum(1 for each in events if each.type == "saga.completed")
        if finished:
            loop.call_soon_threadsafe(count_up, finished)

    def count_up(finished: int) -> None:
        nonlocal done
        done += finished
        for _ in range(finished):
            ended.release()

    async with _running(folder, _definition()) as running:
        running.store.writer.listen(tell)
        started, cpu = time.perf_counter(), time.process_time()
        for number in count():
            await ended.acquire()
            running.begin(f"{number:010d}")
            if time.perf_counter() - started > SECONDS:
                break
        took, cpu = time.perf_counter() - started, time.process_time() - cpu
        steps = done * STEPS
    return steps / took, cpu / steps * 1e6


def _dbos(folder: Path) -> float | None:
    """The same work on DBOS, in a process of its own: its own database in WAL with synchronous=FULL."""
    command = [sys.executable, "-m", "bench.peer_dbos", str(folder / "dbos.db"), str(AT_ONCE), str(SECONDS)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if ran.returncode:
        sys.stderr.write(ran.stderr[-2_000:])
        return None
    return float(json.loads(ran.stdout.splitlines()[-1])["steps_s"])


def saga_steps(folder: Path) -> list[Result]:
    """Ours and theirs, in turn."""
    ours, theirs, cpus = [], [], []
    for round_ in range(ROUNDS):
        steps, cpu = uvloop.run(_steps(folder / f"steps-{round_}"))
        ours.append(steps)
        cpus.append(cpu)
        found = _dbos(folder / f"steps-{round_}")
        if found is not None:
            theirs.append(found)
    value, note = statistics.median(ours), f"{statistics.median(cpus):.0f} us CPU a step"
    must = f">= {LEAST_STEPS:g}/s"
    absolute = Result(
        "saga_steps", value, "steps/s", LEAST_STEPS, value / LEAST_STEPS, must, value >= LEAST_STEPS, note
    )
    if not theirs:
        return [absolute, not_measured("saga_steps_peer", "steps/s", f">= {TIMES_DBOS:g} x DBOS", "DBOS did not run")]
    peer = at_least("saga_steps_peer", value, "steps/s", statistics.median(theirs), TIMES_DBOS, "limit: DBOS, SQLite")
    return [absolute, peer]


# --- broker_messages -------------------------------------------------------------------------------------------


class _Counted:
    """An actor that only counts, and tells when it has been run so often."""

    def __init__(self) -> None:
        self.left = 0
        self.finished = threading.Event()
        self._lock = threading.Lock()
        self.actor: Any = None

    def declare(self, broker: dramatiq.Broker) -> None:
        self.actor = dramatiq.actor(actor_name="count", queue_name="bench", broker=broker, max_retries=0)(self._run)

    def _run(self, number: int, text: str) -> None:
        del number, text
        with self._lock:
            self.left -= 1
            if not self.left:
                self.finished.set()

    def begin(self) -> float:
        self.left = MESSAGES
        self.finished.clear()
        return time.perf_counter()

    def end(self, started: float) -> float:
        assert self.finished.wait(60)
        return MESSAGES / (time.perf_counter() - started)


def _stub() -> float:
    counted, broker = _Counted(), StubBroker()
    counted.declare(broker)
    worker = dramatiq.Worker(broker, worker_timeout=100, worker_threads=8)
    worker.start()
    try:
        started = counted.begin()
        for number in range(MESSAGES):
            counted.actor.send(number, TEXT)
        return counted.end(started)
    finally:
        worker.stop()


async def _ours(folder: Path) -> float:
    counted = _Counted()
    async with _running(folder, _definition(), counted.declare) as running:
        broker, writer = running.sagas.broker, running.store.writer
        messages = iter([counted.actor.message(number, TEXT) for number in range(MESSAGES)])

        async def sender() -> None:
            for message in messages:
                await writer.run(partial(broker.stage, message=message))

        started = counted.begin()
        await asyncio.gather(*[sender() for _ in range(SENDERS)])
        rate = await asyncio.to_thread(counted.end, started)
        await asyncio.to_thread(broker.join, "bench", timeout=10_000)
        return rate


def broker_messages(folder: Path) -> list[Result]:
    """Ours, durable from send to acknowledgement; Dramatiq's in memory."""
    ours, stub = [], []
    for round_ in range(ROUNDS):
        ours.append(uvloop.run(_ours(folder / f"broker-{round_}")))
        stub.append(_stub())
    value, limit = statistics.median(ours), statistics.median(stub)
    return [at_least("broker_messages", value, "messages/s", limit, OF_STUB, "limit: StubBroker, in memory")]


# --- wake ------------------------------------------------------------------------------------------------------


async def _wakes(folder: Path) -> list[float]:
    """Milliseconds from the commit of the event to the start of its step, the store idle."""
    committed, begun, taken = 0.0, asyncio.Event(), []

    def first() -> None:
        taken.append((time.perf_counter() - committed) * 1000)
        begun.set()

    def note(_: Any, events: Any) -> None:
        nonlocal committed
        if any(each.type == "saga.started" for each in events):
            committed = time.perf_counter()

    async with _running(folder, _definition(first)) as running:
        running.store.writer.listen(note)
        for _ in range(WAKES):
            begun.clear()
            running.begin(uuid7())
            await begun.wait()
            await asyncio.sleep(PAUSE_SECONDS)
    return taken


def wake(folder: Path) -> list[Result]:
    """How soon a step begins."""
    taken = uvloop.run(_wakes(folder / "wake"))
    p50, p99 = statistics.median(taken), statistics.quantiles(taken, n=100)[98]
    must = f"p50 <= {MOST_WAKE_MS:g} ms"
    return [Result("wake", p50, "ms", MOST_WAKE_MS, p50 / MOST_WAKE_MS, must, p50 <= MOST_WAKE_MS, f"p99 {p99:.1f} ms")]


def saga(folder: Path) -> list[Result]:
    """All three."""
    return [*saga_steps(folder), *broker_messages(folder), *wake(folder)]
