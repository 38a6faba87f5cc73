"""Commands through the one writer: group commit, gapless positions, and refusals that cost nobody else anything."""

import asyncio
import gc
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from appliance.application.ports import Recorded
from appliance.domain import events as e
from appliance.domain.refusals import Refusal
from appliance.errors import CommandFailed, RecordTooLarge, ShuttingDown, StaleVersion
from appliance.eventstore.connection import open_writer
from appliance.eventstore.group import Touch
from appliance.eventstore.jobs import Job
from appliance.eventstore.store import EventStore
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.eventstore.writer import MAX_GROUP
from tests.support.stores import (
    Held,
    appending,
    assert_whole,
    context,
    log_of,
    open_at,
    opened,
    received,
    rows,
    tally,
    wiring,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    with opened(tmp_path) as found:
        yield found


def refused(uow: UnitOfWork) -> None:
    """A command that stages events, writes directly, and is then refused."""
    uow.append("stock-tea", received(), context=context())
    uow.execute("INSERT INTO settings VALUES ('half', 'done')")
    uow.append("stock-coffee", received("coffee"), context=context())
    raise Refusal("no")


def broken(uow: UnitOfWork) -> None:
    """A command with a defect that shows after it has staged something."""
    uow.append("stock-tea", received(), context=context())
    uow.execute("INSERT INTO settings VALUES ('half', 'done')")
    raise ZeroDivisionError


def test_a_command_leaves_nothing_to_the_garbage_collector(store: EventStore) -> None:
    """What refers to itself is freed by collections only, and their pauses would be the slowest sales of the day."""
    store.writer.call(appending())
    gc.collect()
    gc.disable()
    try:
        for _ in range(200):
            store.writer.call(appending())
        assert gc.collect() < 200
    finally:
        gc.enable()


def test_what_queued_up_behind_a_commit_is_one_transaction(store: EventStore, tmp_path: Path) -> None:
    held = Held(store.writer)
    groups = store.writer.stats.groups
    held.queue(*[appending()] * 40)

    answers = held.release()

    assert answers == list(range(1, 41))
    assert store.writer.stats.groups == groups + 2  # the one that held the writer, and all the others
    assert assert_whole(tmp_path) == 40


def test_a_group_has_a_bound(store: EventStore) -> None:
    held = Held(store.writer)
    groups = store.writer.stats.groups
    held.queue(*[appending()] * (2 * MAX_GROUP + 1))

    held.release()

    assert store.writer.stats.groups == groups + 4


async def test_many_callers_at_once_get_gapless_positions(store: EventStore, tmp_path: Path) -> None:
    streams = [f"stock-{n % 7}" for n in range(300)]

    positions = await asyncio.gather(*[store.writer.run(appending(stream=stream)) for stream in streams])

    assert sorted(positions) == list(range(1, 301))
    assert store.writer.stats.groups < 300
    assert assert_whole(tmp_path) == 300


def test_an_answer_goes_out_only_after_the_commit(store: EventStore, tmp_path: Path) -> None:
    for expected in range(1, 20):
        position = store.writer.call(appending())

        assert position == expected
        assert len(log_of(tmp_path)) == expected


def test_stream_versions_count_within_the_stream(store: EventStore, tmp_path: Path) -> None:
    held = Held(store.writer)
    held.queue(
        appending(received(), received(), stream="stock-tea"),
        appending(stream="stock-coffee"),
        appending(stream="stock-tea"),
    )

    held.release()

    expected = [(1, "stock-tea", 1), (2, "stock-tea", 2), (3, "stock-coffee", 1), (4, "stock-tea", 3)]
    assert log_of(tmp_path) == expected


def test_an_expected_version_is_held_against_all_earlier_commands_of_the_group(store: EventStore) -> None:
    held = Held(store.writer)
    held.queue(appending(expected=0), appending(expected=0), appending(expected=1), appending(expected=7))

    first, stale, second, absurd = held.release()

    assert (first, second) == (1, 2)
    assert isinstance(stale, StaleVersion)
    assert stale.facts == {"version": 1, "expected": 0}
    assert isinstance(absurd, StaleVersion)


@pytest.mark.parametrize("beside", [0, 3])
def test_a_stream_that_is_there_already_is_not_begun_again(store: EventStore, tmp_path: Path, beside: int) -> None:
    """Whether it comes alone or in a group: the table finds it out, the command is refused, the others are booked."""
    store.writer.call(appending(received(), received(), stream="stock-old"))
    held = Held(store.writer)
    held.queue(*[appending(stream=f"stock-new-{n}", expected=0) for n in range(beside)])
    (again,) = held.queue(appending(stream="stock-old", expected=0))
    held.queue(*[appending(stream=f"stock-newer-{n}", expected=0) for n in range(beside)])

    answers = held.release()

    refusal = again.future.exception(30)
    assert isinstance(refusal, StaleVersion)
    assert refusal.facts == {"version": 2, "expected": 0}
    assert [answer for answer in answers if answer is not refusal] == list(range(3, 3 + 2 * beside))
    assert assert_whole(tmp_path) == 2 + 2 * beside


def test_a_refusal_leaves_nothing_and_costs_nobody_else(store: EventStore, tmp_path: Path) -> None:
    held = Held(store.writer)
    held.queue(appending(), refused, appending())

    before, refusal, after = held.release()

    assert (before, after) == (1, 2)
    assert isinstance(refusal, Refusal)
    assert log_of(tmp_path) == [(1, "stock-tea", 1), (2, "stock-tea", 2)]
    assert rows(tmp_path, "SELECT * FROM settings WHERE name = 'half'") == []
    assert_whole(tmp_path)


def test_the_group_of_a_refusal_is_still_one_transaction(store: EventStore) -> None:
    held = Held(store.writer)
    groups = store.writer.stats.groups
    held.queue(*[appending(), refused] * 10)

    held.release()

    assert store.writer.stats.groups == groups + 2


def test_a_defect_in_one_command_fails_that_command_only(store: EventStore, tmp_path: Path) -> None:
    held = Held(store.writer)
    held.queue(appending(), broken, appending(), refused, appending())

    first, defect, second, refusal, third = held.release()

    assert (first, second, third) == (1, 2, 3)
    assert isinstance(defect, CommandFailed)
    assert isinstance(defect.__cause__, ZeroDivisionError)
    assert type(refusal) is Refusal
    assert rows(tmp_path, "SELECT * FROM settings WHERE name = 'half'") == []
    assert assert_whole(tmp_path) == 3


def test_a_defect_in_a_fold_fails_only_the_command_whose_event_it_is(tmp_path: Path) -> None:
    def fold(db: sqlite3.Connection, events: Sequence[Recorded]) -> None:
        tally(db, events)
        if any(each.stream_id == "stock-poison" for each in events):
            raise KeyError("poison")

    with opened(tmp_path, wiring(fold)) as store:
        held = Held(store.writer)
        held.queue(appending(), appending(stream="stock-poison"), appending())

        first, defect, second = held.release()

    assert (first, second) == (1, 2)
    assert isinstance(defect, CommandFailed)
    assert assert_whole(tmp_path) == 2


def test_a_record_may_fill_its_limit_but_not_pass_it(store: EventStore, tmp_path: Path) -> None:
    store.writer.call(appending(e.StockReceived(product_id="tea", quantity="1", reference="x" * 255 * 1024)))

    with pytest.raises(RecordTooLarge) as refusal:
        store.writer.call(appending(received(), e.StockReceived(product_id="t", quantity="1", reference="ä" * 131_072)))

    assert refusal.value.facts["limit"] == 256 * 1024
    assert assert_whole(tmp_path) == 1


def test_a_command_sees_what_earlier_commands_of_its_group_did(store: EventStore) -> None:
    def count(uow: UnitOfWork) -> list[tuple[object, ...]]:
        return uow.query("SELECT n FROM tally")

    held = Held(store.writer)
    held.queue(appending(), appending(received(), received()), count)

    assert held.release()[-1] == [(3,)]


def test_a_message_exists_exactly_when_its_events_do(store: EventStore, tmp_path: Path) -> None:
    def enqueue(uow: UnitOfWork) -> int:
        uow.append("stock-tea", received(), context=context())
        return uow.enqueue("sagas", "step", b"body", priority=1)

    def enqueue_and_refuse(uow: UnitOfWork) -> None:
        enqueue(uow)
        raise Refusal("no")

    held = Held(store.writer)
    held.queue(enqueue, enqueue_and_refuse)
    held.release()

    found = rows(tmp_path, "SELECT queue, actor, body, state, priority, position FROM messages")
    assert found == [("sagas", "step", b"body", "ready", 1, 1)]


def test_a_client_that_left_while_it_was_queued_books_nothing(store: EventStore, tmp_path: Path) -> None:
    held = Held(store.writer)
    left, stayed = Job.for_thread(appending()), Job.for_thread(appending())
    store.writer.submit(left)
    store.writer.submit(stayed)
    left.future.cancel()

    held.release()

    assert stayed.wait(30) == 1
    assert assert_whole(tmp_path) == 1


async def test_a_client_that_leaves_at_any_moment_leaves_a_whole_log(store: EventStore, tmp_path: Path) -> None:
    tasks = [asyncio.ensure_future(store.writer.run(appending())) for _ in range(200)]
    for number, task in enumerate(tasks):
        await asyncio.sleep(0)
        if number % 3 == 0:
            task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    end = await store.writer.run(appending())

    acknowledged = [answer for answer in answers if isinstance(answer, int)]
    assert len(set(acknowledged)) == len(acknowledged)
    assert assert_whole(tmp_path) == end


def test_listeners_are_told_of_every_commit_before_the_answer(store: EventStore) -> None:
    told: list[tuple[int, int]] = []
    store.writer.listen(lambda head, events: told.append((head.position, len(events))))

    store.writer.call(appending(received(), received()))
    store.writer.call(lambda uow: uow.execute("DELETE FROM settings"))  # no event, nothing to tell
    store.writer.call(appending())

    assert told == [(2, 2), (3, 1)]


def test_closing_commits_what_is_queued_and_takes_no_more(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    held = Held(store.writer)
    jobs = held.queue(*[appending()] * 50)
    held.let_go()

    store.close()

    assert [job.wait(0) for job in jobs] == list(range(1, 51))
    with pytest.raises(ShuttingDown):
        store.writer.call(appending())
    assert assert_whole(tmp_path) == 50


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE events SET record = '{}' WHERE position = 1", "never changed"),
        ("UPDATE events SET hash = zeroblob(32)", "never changed"),
        ("DELETE FROM events WHERE position = 2", "never deleted"),
        ("DELETE FROM events", "never deleted"),
        ("INSERT OR REPLACE INTO events SELECT 1, 'other', 1, type, record, hash FROM events LIMIT 1", "must follow"),
        ("INSERT OR REPLACE INTO events SELECT 4, stream_id, 1, type, record, hash FROM events LIMIT 1", "deleted"),
        ("INSERT INTO events SELECT 5, 'other', 1, type, record, hash FROM events LIMIT 1", "must follow"),
        ("INSERT INTO events SELECT 3, 'other', 1, type, record, hash FROM events LIMIT 1", "must follow"),
        ("INSERT INTO events SELECT 4, stream_id, 1, type, record, hash FROM events LIMIT 1", "UNIQUE"),
        ("INSERT INTO events SELECT 4, 'other', 1, type, record, zeroblob(31) FROM events LIMIT 1", "CHECK"),
    ],
)
def test_the_log_is_append_only_for_every_kind_of_statement(tmp_path: Path, sql: str, words: str) -> None:
    with opened(tmp_path) as store:
        store.writer.call(appending(received(), received(), received()))
    before = rows(tmp_path, "SELECT * FROM events")
    db = open_writer(tmp_path / "store.db")

    with pytest.raises(sqlite3.IntegrityError, match=words):
        db.execute(sql)

    db.close()
    assert rows(tmp_path, "SELECT * FROM events") == before


def test_an_event_is_the_same_live_and_read_again(tmp_path: Path) -> None:
    live: list[Recorded] = []

    def fold(db: sqlite3.Connection, events: Sequence[Recorded]) -> None:
        tally(db, events)
        live.extend(events)

    with opened(tmp_path, wiring(fold)) as store:
        store.writer.call(appending())
        again = store.writer.call(lambda uow: uow.events(1, 1))

    assert live == again
    assert live[0].metadata == {"command_id": "c-1", "correlation_id": "c-1"}


def test_a_fact_that_a_command_made_stale_itself_is_not_remembered_as_it_was(tmp_path: Path) -> None:
    """The file shows it only after the command: what the command read in between must not outlive it."""

    def count(uow: UnitOfWork) -> int:
        found = uow.fact(("deliveries",), lambda select: select("SELECT coalesce(sum(n), 0) FROM tally"))
        return int(found[0][0])

    def append_and_look(uow: UnitOfWork) -> int:
        uow.append("stock-tea", received(), context=context())
        return count(uow)

    touches: dict[type, Touch] = {e.StockReceived: lambda facts, _: facts.stale(("deliveries",))}
    with opened(tmp_path, wiring(touches=touches)) as store:
        held = Held(store.writer)
        held.queue(append_and_look, count)

        assert held.release() == [0, 1]
        assert store.writer.call(count) == 1
