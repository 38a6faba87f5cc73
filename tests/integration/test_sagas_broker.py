"""The broker as any actor sees it: durable, in order of priority, retried, and never losing what gave up."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import dramatiq
import pytest
from dramatiq import Message
from dramatiq.middleware import AsyncIO, Middleware, ShutdownNotifications, TimeLimit

from appliance.application.commands_saga import SteerDeadLetter
from appliance.domain.refusals import Refusal
from appliance.eventstore.steady import SteadyClock
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.sagas import consumer, operating
from appliance.sagas.broker import MiddlewareRefused, SqliteBroker
from appliance.sagas.claims import MAX_KILLS
from tests.support.fake_uow import POLICY
from tests.support.sagas import Shop, World, shop, toy
from tests.support.stores import context, opened, received, rows

Actors = Callable[[SqliteBroker], None]


class Noted:
    """An actor that notes what it was given, and does what a test plans for it."""

    def __init__(self, **options: Any) -> None:
        self.seen: list[Any] = []
        self.threads: set[int] = set()
        self.fails: list[BaseException] = []
        self.gate: threading.Event | None = None
        self.options = options
        self.actor: Any = None

    def declare(self, broker: SqliteBroker) -> None:
        self.actor = dramatiq.actor(actor_name="note", queue_name="jobs", broker=broker, **self.options)(self._run)

    def _run(self, what: Any) -> None:
        self.threads.add(threading.get_ident())
        self.seen.append(what)
        if self.gate is not None:
            self.gate.wait(30)
        if self.fails:
            raise self.fails.pop(0)


async def until(happened: Callable[[], bool], deadline_s: float = 30.0) -> None:
    async with asyncio.timeout(deadline_s):
        while not happened():  # noqa: ASYNC110  threads tell nobody on the loop
            await asyncio.sleep(0.01)


def with_actor(tmp_path: Path, noted: Noted, **fields: Any) -> Any:
    return shop(tmp_path, toy(World()), declare=noted.declare, **fields)


def jobs(running: Shop, columns: str = "state") -> list[tuple[Any, ...]]:
    return running.messages(columns)


async def drained(running: Shop) -> None:
    await asyncio.to_thread(running.sagas.broker.join, "jobs", timeout=40_000)


async def test_a_sent_message_is_run_once_and_leaves_no_row(tmp_path: Path) -> None:
    noted = Noted()
    async with with_actor(tmp_path, noted) as running:
        await asyncio.to_thread(noted.actor.send, 7)
        await drained(running)

        assert noted.seen == [7]
        assert jobs(running) == []


async def test_a_message_of_a_refused_command_is_never_sent(tmp_path: Path) -> None:
    noted = Noted()

    async with with_actor(tmp_path, noted) as running:
        broker = running.sagas.broker

        def command(uow: Any) -> None:
            uow.append("stock-tea", received(), context=context())
            broker.stage(uow, noted.actor.message("no"))
            raise Refusal("no")

        with pytest.raises(Refusal):
            await running.store.writer.run(command)
        await running.store.writer.run(lambda uow: broker.stage(uow, noted.actor.message("yes")))
        await drained(running)

        assert noted.seen == ["yes"]


async def test_a_message_whose_wake_up_was_missed_is_found_by_polling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = Noted()
    async with with_actor(tmp_path, noted) as running:
        running.store.writer._woken.clear()  # nobody is told of messages any more
        monkeypatch.setattr(consumer, "POLL_SECONDS", 3600.0)
        await asyncio.to_thread(noted.actor.send, "missed")
        assert (jobs(running), noted.seen) == ([("ready",)], [])

        monkeypatch.setattr(consumer, "POLL_SECONDS", 0.0)
        await drained(running)

        assert noted.seen == ["missed"]


async def test_what_matters_more_is_run_first_whatever_came_first(tmp_path: Path) -> None:
    noted = Noted(priority=5)
    async with with_actor(tmp_path, noted, threads=1) as running:
        noted.gate = threading.Event()
        await asyncio.to_thread(noted.actor.send, "holds the worker")
        await until(lambda: bool(noted.seen))
        broker = running.sagas.broker

        def send(uow: Any) -> None:
            for number in range(6):
                broker.stage(uow, noted.actor.message_with_options(args=(f"low {number}",), priority=9))
            for number in range(3):
                broker.stage(uow, noted.actor.message_with_options(args=(f"high {number}",), priority=1))

        await running.store.writer.run(send)
        noted.gate.set()
        await drained(running)

        assert noted.seen[1:4] == ["high 0", "high 1", "high 2"]


async def test_a_failure_is_retried_as_a_change_of_the_one_row(tmp_path: Path) -> None:
    noted = Noted(min_backoff=10, max_backoff=20)
    noted.fails = [ValueError("once"), ValueError("twice")]
    async with with_actor(tmp_path, noted) as running:
        await asyncio.to_thread(noted.actor.send, 1)
        await drained(running)

        assert noted.seen == [1, 1, 1]
        assert rows(tmp_path, "SELECT seq FROM sqlite_sequence WHERE name = 'messages'") == [(1,)]


async def test_what_fails_for_good_is_kept_with_its_error_and_can_be_driven_again(tmp_path: Path) -> None:
    noted = Noted(max_retries=0)
    noted.fails = [ValueError("broken")]
    async with with_actor(tmp_path, noted) as running:
        await asyncio.to_thread(noted.actor.send, 1)
        await until(lambda: jobs(running) == [("dead",)])

        [(error, traceback, body)] = jobs(running, "error, traceback, body")
        assert error == "ValueError: broken"
        assert "_run" in traceback
        assert Message.decode(body).args == (1,)


async def test_an_actor_nobody_knows_parks_its_message_until_somebody_does(tmp_path: Path) -> None:
    noted = Noted()
    stranger: Message[Any] = Message("jobs", "stranger", (1,), {}, {})
    async with with_actor(tmp_path, noted) as running:
        await asyncio.to_thread(running.sagas.broker.enqueue, stranger)
        await until(lambda: jobs(running) == [("parked",)])
        await asyncio.to_thread(noted.actor.send, 2)
        await until(lambda: noted.seen == [2])

    seen: list[int] = []

    def declare(broker: SqliteBroker) -> None:
        dramatiq.actor(actor_name="stranger", queue_name="jobs", broker=broker)(seen.append)

    async with shop(tmp_path, toy(World()), declare=declare):
        await until(lambda: seen == [1])


async def test_a_queue_nobody_has_any_more_parks_its_message_until_somebody_does(tmp_path: Path) -> None:
    seen: list[int] = []

    def declare(broker: SqliteBroker) -> None:
        dramatiq.actor(actor_name="letter", queue_name="letters", broker=broker)(seen.append)

    async with shop(tmp_path, toy(World()), declare=declare) as running:
        later: Message[Any] = Message("letters", "letter", (1,), {}, {})
        await asyncio.to_thread(running.sagas.broker.enqueue, later, delay=3_600_000)
    async with shop(tmp_path, toy(World())) as running:
        assert jobs(running, "queue, state, error") == [("letters", "parked", "no queue 'letters'")]
    async with shop(tmp_path, toy(World()), declare=declare):
        await until(lambda: seen == [1])


async def test_a_message_for_a_queue_nobody_has_is_parked_as_it_is_staged_until_it_is_driven_again(
    tmp_path: Path,
) -> None:
    seen: list[int] = []

    def stage(running: Shop) -> Callable[[UnitOfWork], None]:
        def work(uow: UnitOfWork) -> None:
            for delay_ms, number in ((0, 1), (3_600_000, 2)):
                message: Message[Any] = Message("letters", "letter", (number,), {}, {})
                running.sagas.broker.stage(uow, message, delay_ms=delay_ms)

        return work

    async with shop(tmp_path, toy(World())) as running:
        steer = operating.handlers(running.sagas.course)[SteerDeadLetter]

        async def retry(number: int) -> None:
            command = SteerDeadLetter(message_id=number, action="retry")
            await running.store.writer.run(lambda uow: steer(command, uow, context(), POLICY))

        await running.store.writer.run(stage(running))
        assert jobs(running, "queue, state, error") == [("letters", "parked", "no queue 'letters'")] * 2
        assert None not in [failed_at for (failed_at,) in jobs(running, "failed_at")]
        await retry(1)
        assert jobs(running) == [("parked",)] * 2

        dramatiq.actor(actor_name="letter", queue_name="letters", broker=running.sagas.broker)(seen.append)
        for number in (1, 2):
            await retry(number)
        await until(lambda: sorted(seen) == [1, 2])
        await until(lambda: jobs(running) == [])


async def test_a_refused_attempt_parks_nothing(tmp_path: Path) -> None:
    def refused(uow: UnitOfWork) -> None:
        uow.enqueue("letters", "letter", b"")
        raise Refusal("no")

    def work(uow: UnitOfWork) -> None:
        with pytest.raises(Refusal):
            uow.attempt(refused)

    async with shop(tmp_path, toy(World())) as running:
        await running.store.writer.run(work)
        assert jobs(running) == []


async def test_a_message_that_never_returns_is_given_up_and_the_rest_flows(tmp_path: Path) -> None:
    noted = Noted()
    async with with_actor(tmp_path, noted, threads=2) as running:
        running.sagas.broker.lease_s = 0.05
        noted.gate = threading.Event()
        await asyncio.to_thread(noted.actor.send, "for ever")
        await until(lambda: jobs(running) == [("dead",)])
        held, noted.gate = noted.gate, None
        await asyncio.to_thread(noted.actor.send, "next")
        await until(lambda: noted.seen == ["for ever", "next"])
        held.set()

        assert "did not return" in jobs(running, "error")[0][0]


async def test_ten_megabytes_go_through_like_any_other(tmp_path: Path) -> None:
    noted = Noted()
    async with with_actor(tmp_path, noted) as running:
        await asyncio.to_thread(noted.actor.send, "x" * 10_000_000)
        await drained(running)

        assert [len(each) for each in noted.seen] == [10_000_000]


@pytest.mark.parametrize("body", [b"\x80\xff no text", b"[]", b'{"queue_name": "jobs"}', b"9" * 10_000_000])
async def test_what_is_no_message_is_a_dead_letter_and_holds_nothing_up(tmp_path: Path, body: bytes) -> None:
    noted = Noted()
    async with with_actor(tmp_path, noted) as running:
        broker = running.sagas.broker

        def send(uow: Any) -> None:
            broker.stage(uow, noted.actor.message("before"))
            uow.enqueue("jobs", "note", body)
            broker.stage(uow, noted.actor.message("after"))

        await running.store.writer.run(send)
        await until(lambda: jobs(running) == [("dead",)])
        [(error, kept)] = jobs(running, "error, body")

    assert noted.seen == ["before", "after"]
    assert "cannot be read" in error
    assert kept == body


async def test_a_delayed_message_waits_in_the_file_and_not_in_memory(tmp_path: Path) -> None:
    noted = Noted()
    async with with_actor(tmp_path, noted) as running:
        await asyncio.to_thread(noted.actor.send_with_options, args=(1,), delay=3_600_000)
        await asyncio.to_thread(noted.actor.send, 2)
        await until(lambda: noted.seen == [2])

        await until(lambda: jobs(running) == [("waiting",)])


async def test_async_actors_run_on_the_store_s_own_loop(tmp_path: Path) -> None:
    loops: list[asyncio.AbstractEventLoop] = []
    actors: list[Any] = []

    async def where() -> None:
        loops.append(asyncio.get_running_loop())

    def declare(broker: SqliteBroker) -> None:
        actors.append(dramatiq.actor(actor_name="where", queue_name="jobs", broker=broker)(where))

    async with shop(tmp_path, toy(World()), declare=declare):
        await asyncio.to_thread(actors[0].send)
        await until(lambda: bool(loops))

        assert loops == [asyncio.get_running_loop()]


class Ordinary(Middleware):
    def __init__(self) -> None:
        self.heard: list[str] = []

    def before_process_message(self, broker: Any, message: Any) -> None:
        self.heard.append("before")

    def after_process_message(self, broker: Any, message: Any, *, result: Any = None, exception: Any = None) -> None:
        self.heard.append("after")


async def test_ordinary_middleware_hears_every_signal(tmp_path: Path) -> None:
    noted, ordinary = Noted(), Ordinary()
    async with with_actor(tmp_path, noted, middleware=[ordinary]) as running:
        await asyncio.to_thread(noted.actor.send, 1)
        await drained(running)

        assert ordinary.heard == ["before", "after"]


@pytest.mark.parametrize("refused", [TimeLimit, ShutdownNotifications, AsyncIO])
def test_middleware_that_could_lose_a_message_is_refused_with_the_reason(
    tmp_path: Path, refused: type[Middleware]
) -> None:
    with opened(tmp_path) as store, pytest.raises(MiddlewareRefused, match=refused.__name__):
        SqliteBroker(store.writer, SteadyClock(), stamp=lambda: "", middleware=[refused()])


async def test_what_a_dead_process_held_is_due_at_once_and_counted(tmp_path: Path) -> None:
    noted = Noted()
    async with with_actor(tmp_path, noted) as running:
        await asyncio.to_thread(noted.actor.send_with_options, args=(1,), delay=3_600_000)
        await running.store.writer.run(lambda uow: uow.execute("UPDATE messages SET state = 'leased', lease = 'x'"))
    async with with_actor(tmp_path, noted) as running:
        await until(lambda: noted.seen == [1])


async def test_what_killed_the_process_too_often_is_a_dead_letter_and_its_saga_stuck(tmp_path: Path) -> None:
    world = World()
    world.gates["s-1:reserve:1"] = asyncio.Event()
    kills = f"UPDATE messages SET state = 'leased', lease = 'x', kills = {MAX_KILLS - 1}"
    async with shop(tmp_path, toy(world)) as running:
        await running.begin()
        await until(lambda: bool(world.calls))
    with closing(sqlite3.connect(tmp_path / "store.db")) as db, db:
        db.execute(kills)
    async with shop(tmp_path, toy(world)) as running:
        state = await running.state()

        assert state.status == "stuck"
        assert state.unknown  # nobody knows whether the call was made before the process died
        assert running.messages("state, saga") == [("dead", "s-1")]
