"""Receipts: a request that is repeated is answered again and booked once."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.application import dispatcher as dispatching
from appliance.application.dispatcher import Answer, Dispatcher
from appliance.application.ports import Context, Outcome, UnitOfWork
from appliance.application.receipts import ReceiptKey
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals import Refusal
from appliance.errors import KeyReused, StillRunning
from appliance.eventstore.receipts import find_receipt, fingerprint, row_checksum
from appliance.eventstore.store import EventStore
from tests.support.stores import Held, assert_whole, context, opened, received, rows

SECRET = b"s" * 32
BODY = fingerprint(SECRET, "POST", "/api/v1/sales", b'{"a":1}')
OTHER_BODY = fingerprint(SECRET, "POST", "/api/v1/sales", b'{"a":2}')


class Deliver:
    """Book a delivery of two events."""


class Refuse:
    """Is refused after it has staged something."""


class LookUp:
    """Answers without an event."""


def deliver(_: Deliver, uow: UnitOfWork, asked: Context, __: StorePolicy) -> Outcome:
    events = uow.append("stock-tea", received(), received(quantity="2"), context=asked)
    return Outcome(status=201, ids={"receipt_id": "d-1"}, events=events)


def refuse(_: Refuse, uow: UnitOfWork, asked: Context, __: StorePolicy) -> Outcome:
    uow.append("stock-tea", received(), context=asked)
    raise Refusal("no")


def look_up(_: LookUp, __: UnitOfWork, ___: Context, ____: StorePolicy) -> Outcome:
    return Outcome(status=200, ids={"found": "nothing"})


def dispatcher(store: EventStore) -> Dispatcher:
    handlers = {Deliver: deliver, Refuse: refuse, LookUp: look_up}
    return Dispatcher(store.writer, handlers, None, lambda: "2026-11-22T09:30:00.000000Z")  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    with opened(tmp_path) as found:
        yield found


def key(name: str = "k-1", body: bytes = BODY, scope: str = "till-1") -> ReceiptKey:
    return ReceiptKey(scope, name, body)


async def test_a_repeated_request_is_answered_again_and_booked_once(store: EventStore, tmp_path: Path) -> None:
    door = dispatcher(store)

    first = await door.dispatch(Deliver(), context("c-1"), key())
    again = await door.dispatch(Deliver(), context("c-2"), key())

    assert not first.replayed
    assert again.replayed
    assert (again.outcome.status, again.outcome.ids) == (201, {"receipt_id": "d-1"})
    assert list(again.outcome.events) == list(first.outcome.events)
    assert assert_whole(tmp_path) == 2


def test_a_repeated_request_within_the_same_group_finds_the_first(store: EventStore, tmp_path: Path) -> None:
    door, held = dispatcher(store), Held(store.writer)
    held.queue(*[door.transaction(Deliver(), context(f"c-{n}"), key()) for n in range(5)])

    answers: list[Answer] = held.release()

    assert [answer.replayed for answer in answers] == [False, True, True, True, True]
    assert all(list(answer.outcome.events) == list(answers[0].outcome.events) for answer in answers)
    assert assert_whole(tmp_path) == 2


async def test_a_key_that_was_used_for_another_request_is_refused(store: EventStore, tmp_path: Path) -> None:
    door = dispatcher(store)
    await door.dispatch(Deliver(), context(), key())

    with pytest.raises(KeyReused):
        await door.dispatch(Deliver(), context(), key(body=OTHER_BODY))

    assert assert_whole(tmp_path) == 2


async def test_another_register_may_use_the_same_key(store: EventStore, tmp_path: Path) -> None:
    door = dispatcher(store)

    answers = [await door.dispatch(Deliver(), context(), key(scope=scope)) for scope in ("till-1", "till-2")]

    assert [answer.replayed for answer in answers] == [False, False]
    assert assert_whole(tmp_path) == 4


async def test_a_refusal_leaves_no_receipt_so_the_corrected_request_may_use_its_key(
    store: EventStore, tmp_path: Path
) -> None:
    door = dispatcher(store)
    with pytest.raises(Refusal):
        await door.dispatch(Refuse(), context(), key())

    answer = await door.dispatch(Deliver(), context(), key(body=OTHER_BODY))

    assert not answer.replayed
    assert rows(tmp_path, "SELECT scope, key, first_position, last_position FROM receipts") == [("till-1", "k-1", 1, 2)]


async def test_a_request_that_recorded_no_event_is_answered_again_too(store: EventStore, tmp_path: Path) -> None:
    door = dispatcher(store)
    await door.dispatch(LookUp(), context(), key())

    again = await door.dispatch(LookUp(), context(), key())

    assert again == Answer(Outcome(status=200, ids={"found": "nothing"}), replayed=True)


async def test_receipts_outlive_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        first = await dispatcher(store).dispatch(Deliver(), context(), key())

    with opened(tmp_path) as store:
        again = await dispatcher(store).dispatch(Deliver(), context(), key())

    assert again.replayed
    assert list(again.outcome.events) == list(first.outcome.events)
    assert assert_whole(tmp_path) == 2


async def test_without_a_key_nothing_is_kept(store: EventStore, tmp_path: Path) -> None:
    door = dispatcher(store)

    await door.dispatch(Deliver(), context())
    await door.dispatch(Deliver(), context())

    assert rows(tmp_path, "SELECT * FROM receipts") == []
    assert assert_whole(tmp_path) == 4


async def test_past_the_deadline_nobody_knows_yet_and_the_key_will_tell(
    store: EventStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatching, "DEADLINE_SECONDS", 0.01)
    held = Held(store.writer)
    with pytest.raises(StillRunning):
        await dispatcher(store).dispatch(Deliver(), context(), key())
    monkeypatch.undo()
    held.let_go()

    answer = await dispatcher(store).dispatch(Deliver(), context(), key())

    assert answer.outcome.status == 201
    assert assert_whole(tmp_path) == 2


async def test_a_client_that_leaves_in_the_middle_is_booked_once_at_most(store: EventStore, tmp_path: Path) -> None:
    door = dispatcher(store)
    left = [asyncio.ensure_future(door.dispatch(Deliver(), context(), key(f"k-{n}"))) for n in range(60)]
    for number, task in enumerate(left):
        for _ in range(number % 4):
            await asyncio.sleep(0)
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)

    answers = [await door.dispatch(Deliver(), context(), key(f"k-{n}")) for n in range(60)]

    assert {answer.outcome.status for answer in answers} == {201}
    assert assert_whole(tmp_path) == 120


def test_a_receipt_holds_no_answer_and_no_body(store: EventStore, tmp_path: Path) -> None:
    store.writer.call(dispatcher(store).transaction(Deliver(), context(), key()))

    (row,) = rows(tmp_path, "SELECT * FROM receipts")

    assert row[:9] == ("till-1", "k-1", "c-1", BODY, 201, '{"receipt_id":"d-1"}', 1, 2, "2026-11-22T09:30:00.000000Z")
    assert row[9] == row_checksum(row[:9])


def test_a_receipt_that_was_changed_no_longer_fits_its_checksum(store: EventStore, tmp_path: Path) -> None:
    store.writer.call(dispatcher(store).transaction(Deliver(), context(), key()))
    (row,) = rows(tmp_path, "SELECT * FROM receipts")

    for column in range(9):
        changed = list(row[:9])
        changed[column] = None
        assert row_checksum(changed) != row[9]


def test_the_fingerprint_depends_on_the_secret_the_method_the_path_and_the_body() -> None:
    others = [
        fingerprint(b"t" * 32, "POST", "/api/v1/sales", b'{"a":1}'),
        fingerprint(SECRET, "PUT", "/api/v1/sales", b'{"a":1}'),
        fingerprint(SECRET, "POST", "/api/v1/orders", b'{"a":1}'),
        OTHER_BODY,
    ]

    assert len({BODY, *others}) == 5
    assert len(BODY) == 32


def test_a_key_nobody_used_has_no_receipt(store: EventStore, tmp_path: Path) -> None:
    found = store.writer.call(lambda uow: find_receipt(uow._group.db, "till-1", "nobody"))

    assert found is None
