"""Loading an aggregate: from memory, from a snapshot and the tail, or from the whole stream; always the same state."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.domain import events as e
from appliance.domain.events import Event
from appliance.domain.refusals import Refusal
from appliance.eventstore.snapshots import SNAPSHOT_EVERY
from appliance.eventstore.store import EventStore
from appliance.eventstore.unit_of_work import UnitOfWork
from tests.support.stores import Held, appending, context, opened, received, rows

STREAM = "stock-tea"


@dataclass(frozen=True)
class Shelf:
    """How many deliveries there were."""

    deliveries: int


class Counter:
    """Folds deliveries, and counts how many events it was given."""

    def __init__(self) -> None:
        self.folded = 0

    def __call__(self, state: Shelf | None, event: Event) -> Shelf:
        assert isinstance(event, e.StockReceived)
        self.folded += 1
        return Shelf((state.deliveries if state else 0) + 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    with opened(tmp_path) as found:
        yield found


def load(store: EventStore, counter: Counter) -> tuple[Shelf | None, int]:
    return store.writer.call(lambda uow: uow.load(STREAM, Shelf, counter))


def test_a_stream_that_does_not_exist_has_no_state(store: EventStore) -> None:
    assert load(store, Counter()) == (None, 0)


def test_a_state_is_folded_once_and_then_remembered(store: EventStore) -> None:
    store.writer.call(appending(*[received()] * 7))
    counter = Counter()

    assert [load(store, counter) for _ in range(3)] == [(Shelf(7), 7)] * 3
    assert counter.folded == 7


def test_an_append_by_anybody_makes_it_be_folded_again(store: EventStore) -> None:
    store.writer.call(appending(*[received()] * 7))
    load(store, Counter())

    store.writer.call(appending())

    assert load(store, Counter()) == (Shelf(8), 8)


def test_earlier_commands_of_the_same_group_are_in_it(store: EventStore) -> None:
    load(store, Counter())
    held = Held(store.writer)
    held.queue(
        appending(received(), received()),
        lambda uow: uow.load(STREAM, Shelf, Counter()),
        appending(),
        lambda uow: uow.load(STREAM, Shelf, Counter()),
    )

    assert held.release() == [2, (Shelf(2), 2), 3, (Shelf(3), 3)]


def test_own_events_are_not_in_it_and_a_refusal_leaves_it_as_it_was(store: EventStore) -> None:
    def append_load_and_refuse(uow: UnitOfWork) -> None:
        uow.append(STREAM, received(), context=context())
        assert uow.load(STREAM, Shelf, Counter()) == (Shelf(1), 1)
        assert uow.version(STREAM) == 2
        raise Refusal("no")

    store.writer.call(appending())
    with pytest.raises(Refusal):
        store.writer.call(append_load_and_refuse)

    assert load(store, Counter()) == (Shelf(1), 1)


def test_a_long_stream_gets_a_snapshot_and_is_then_folded_from_there(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.writer.call(appending(*[received()] * SNAPSHOT_EVERY))
        load(store, Counter())
        store.writer.call(appending(*[received()] * 5))
    counter = Counter()

    with opened(tmp_path) as store:
        assert load(store, counter) == (Shelf(SNAPSHOT_EVERY + 5), SNAPSHOT_EVERY + 5)

    assert rows(tmp_path, "SELECT stream_id, version FROM aggregate_snapshots") == [(STREAM, SNAPSHOT_EVERY)]
    assert counter.folded == 5


def test_a_short_stream_gets_none(store: EventStore, tmp_path: Path) -> None:
    store.writer.call(appending(*[received()] * (SNAPSHOT_EVERY - 1)))

    load(store, Counter())

    assert rows(tmp_path, "SELECT * FROM aggregate_snapshots") == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE aggregate_snapshots SET state = '{\"deliveries\":1}'",
        "UPDATE aggregate_snapshots SET version = 10000",
        "UPDATE aggregate_snapshots SET shape = 'Shelf(deliveries:str)'",
        "DELETE FROM aggregate_snapshots",
    ],
)
def test_a_snapshot_that_cannot_be_trusted_is_as_good_as_none(tmp_path: Path, damage: str) -> None:
    with opened(tmp_path) as store:
        store.writer.call(appending(*[received()] * SNAPSHOT_EVERY))
        load(store, Counter())
    db = sqlite3.connect(tmp_path / "store.db")
    with db:
        db.execute(damage)
    db.close()

    with opened(tmp_path) as store:
        assert load(store, Counter()) == (Shelf(SNAPSHOT_EVERY), SNAPSHOT_EVERY)
