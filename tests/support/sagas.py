"""A small saga in a real store: steps that do what a test tells them, and an outside that remembers what it did."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from appliance.application import facts
from appliance.application.outside import Done, Found, Outside
from appliance.domain.events import Event
from appliance.eventstore import codec
from appliance.eventstore.clock import Clock, system_clock
from appliance.eventstore.group import Wiring
from appliance.eventstore.steady import SteadyClock
from appliance.eventstore.store import EventStore, open_store
from appliance.projections import states
from appliance.projections.live import LiveFold
from appliance.sagas.course import Course
from appliance.sagas.definition import Begin, Call, Data, Definition, Retry, Step
from appliance.sagas.runtime import Sagas
from appliance.sagas.state import ALIVE, TOUCH, SagaState, current, stream
from tests.support.folding import opener
from tests.support.stores import MACHINE, context, rows

QUICK = Retry(attempts=3, first_s=0.02, longest_s=0.05)
NOWHERE = cast("Outside", None)


@dataclass
class World:
    """An outside that keeps its word about keys: what is done under a key is done once, and can be asked for.

    `fails` names, by key, what a call raises before (`fails`) or after (`late`) it was carried out, first come first.
    """

    done: dict[str, int] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    fails: dict[str, list[BaseException]] = field(default_factory=dict)
    late: dict[str, list[BaseException]] = field(default_factory=dict)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)

    async def act(self, call: Call) -> Data:
        """Carry out an action or a compensation."""
        self.calls.append(call.key)
        if call.key in self.gates:
            await self.gates[call.key].wait()
        for planned in (self.fails.get(call.key),):
            if planned:
                raise planned.pop(0)
        self.done[call.key] = self.done.get(call.key, 0) + (call.key not in self.done)
        after = self.late.get(call.key)
        if after:
            raise after.pop(0)
        return {"reference": call.key}

    async def ask(self, call: Call) -> Found:
        """What became of a key."""
        self.asked.append(call.key)
        return Found("done", Done(call.key)) if call.key in self.done else Found("absent")


def toy(world: World, names: Sequence[str] = ("reserve", "pay", "ship"), **fields: Any) -> Definition:
    """A saga of steps that can all be undone."""
    steps = [
        Step(
            name=name, action=world.act, compensation=world.act, ask=world.ask, ask_undone=world.ask, retry=QUICK,
            undo_retry=QUICK, late_s=0.05,
        )
        for name in names
    ]  # fmt: skip
    return Definition(**{"name": "toy", "version": 1, "steps": steps, **fields})


@dataclass
class Shop:
    """A store with sagas running in it."""

    data: Path
    store: EventStore
    sagas: Sagas

    async def begin(self, saga_id: str = "s-1", name: str = "toy", **given: Any) -> None:
        """Begin a saga."""
        begin = Begin(saga_id=saga_id, subject=saga_id, input=given)
        await self.store.writer.run(lambda uow: self.sagas.course.begin(uow, name, begin, context()))

    async def state(self, saga_id: str = "s-1") -> SagaState:
        """The saga as it stands in the log."""
        found = await self.store.writer.run(lambda uow: current(uow, saga_id))
        assert found is not None
        return found

    async def until(self, status: str, saga_id: str = "s-1", deadline_s: float = 30.0) -> SagaState:
        """The saga, once it is in that state."""
        async with asyncio.timeout(deadline_s):
            while (state := await self.state(saga_id)).status != status:  # noqa: ASYNC110  nobody tells
                await asyncio.sleep(0.01)
        return state

    def story(self, saga_id: str = "s-1") -> list[Event]:
        """The saga's events."""
        return story(self.data, saga_id)

    def types(self, saga_id: str = "s-1") -> list[str]:
        """What the saga's events are called, without their family's name."""
        return [codec.NAMES[type(each)].removeprefix("saga.") for each in self.story(saga_id)]

    def messages(self, columns: str = "saga, state") -> list[tuple[Any, ...]]:
        """The queue as it stands on the disk."""
        return rows(self.data, f"SELECT {columns} FROM messages ORDER BY id")


def story(data: Path, saga_id: str) -> list[Event]:
    """A saga's events as they stand on the disk."""
    sql = "SELECT CAST(record AS BLOB) FROM events WHERE stream_id = ? ORDER BY version"
    return [codec.decode(record).event for (record,) in rows(data, sql, stream(saga_id))]


def open_with(data: Path, course: Course, steady: SteadyClock | None = None, clock: Clock = system_clock) -> EventStore:
    """A store whose events set off what the course says, with every real projection."""
    wiring = Wiring(
        fold=LiveFold(opener), touches={**facts.TOUCH, **TOUCH}, clock=clock, reactions=course.reactions(),
        steady=steady or SteadyClock(),
    )  # fmt: skip

    def prepare(db: Any) -> None:
        db.execute("BEGIN IMMEDIATE")
        states.prepare(db, "2026-11-24T00:00:00.000000Z")
        db.execute("COMMIT")

    return open_store(data, wiring, machine=MACHINE, prepare=prepare)


@asynccontextmanager
async def shop(
    data: Path,
    *definitions: Definition,
    steady: SteadyClock | None = None,
    outside: Outside = NOWHERE,
    point: Callable[[str], None] = lambda _: None,
    **fields: Any,
) -> AsyncIterator[Shop]:
    """A store with its sagas, started; stopped in order on leaving."""
    course = Course(definitions, system_clock, point)
    steady = steady or SteadyClock()
    store = open_with(data, course, steady)
    try:
        sagas = Sagas(store.writer, course, outside, clock=system_clock, steady=steady, point=point, **fields)
        await sagas.start()
        try:
            yield Shop(data, store, sagas)
        finally:
            await sagas.stop()
    finally:
        await asyncio.to_thread(store.close)


def unheld(data: Path, saga_states: Mapping[str, SagaState] | None = None) -> list[str]:
    """Living sagas that hold no live message: there must be none, ever."""
    del saga_states
    living = ", ".join(f"'{status}'" for status in sorted(ALIVE))
    sql = f"""SELECT saga_id FROM sagas WHERE status IN ({living}) AND NOT EXISTS (
        SELECT 1 FROM messages WHERE saga = saga_id AND state IN ('ready', 'waiting', 'leased'))"""
    return [saga_id for (saga_id,) in rows(data, sql)]


def kinds(events: Iterable[Event]) -> list[type[Event]]:
    """The classes of events, in order."""
    return [type(each) for each in events]
