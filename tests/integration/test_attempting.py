"""A command may try something within itself: where that is refused it leaves nothing, and the rest still stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.domain.events import Event
from appliance.domain.refusals import Refusal
from appliance.errors import CommandFailed, StaleVersion
from appliance.eventstore.store import EventStore
from appliance.eventstore.unit_of_work import UnitOfWork
from tests.support.stores import Held, appending, assert_whole, context, log_of, opened, received, rows


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    with opened(tmp_path) as found:
        yield found


@dataclass(frozen=True)
class Counted:
    """A state: how many events its stream has."""

    events: int


def note(uow: UnitOfWork, name: str) -> None:
    uow.execute("INSERT INTO settings VALUES (?, 'x')", (name,))


def refused_within(uow: UnitOfWork) -> None:
    """Stages and writes in every way there is, and is then refused."""
    uow.append("stock-tea", received(), context=context())
    uow.append("stock-jam", received("jam"), context=context())
    note(uow, "inner")
    uow.enqueue("queue", "actor", b"{}")
    raise Refusal("no")


def outer(uow: UnitOfWork) -> str:
    uow.append("stock-tea", received(), context=context())
    note(uow, "outer")
    with pytest.raises(Refusal, match="no"):
        uow.attempt(refused_within)
    uow.append("stock-tea", received(), context=context(), expected=1)
    uow.append("stock-jam", received("jam"), context=context(), expected=0)
    return "went on"


def noted(data: Path) -> set[str]:
    return {name for (name,) in rows(data, "SELECT name FROM settings WHERE value = 'x'")}


def test_a_refused_attempt_leaves_nothing_and_the_command_goes_on(store: EventStore, tmp_path: Path) -> None:
    assert store.writer.call(outer) == "went on"

    assert log_of(tmp_path) == [(1, "stock-tea", 1), (2, "stock-tea", 2), (3, "stock-jam", 1)]
    assert noted(tmp_path) == {"outer"}
    assert rows(tmp_path, "SELECT count(*) FROM messages") == [(0,)]
    assert assert_whole(tmp_path) == 3


def test_an_attempt_that_succeeds_is_kept_with_the_rest(store: EventStore, tmp_path: Path) -> None:
    def work(uow: UnitOfWork) -> int:
        def inner(within: UnitOfWork) -> int:
            note(within, "inner")
            return appending()(within)

        return uow.attempt(inner)

    assert store.writer.call(work) == 1
    assert noted(tmp_path) == {"inner"}
    assert assert_whole(tmp_path) == 1


def test_attempts_may_be_made_within_attempts(store: EventStore, tmp_path: Path) -> None:
    def middle(uow: UnitOfWork) -> None:
        note(uow, "middle")
        uow.append("stock-tea", received(), context=context())
        with pytest.raises(Refusal):
            uow.attempt(refused_within)

    store.writer.call(lambda uow: uow.attempt(middle))

    assert noted(tmp_path) == {"middle"}
    assert assert_whole(tmp_path) == 1


def test_a_fact_that_a_refused_attempt_changed_is_what_it_was(store: EventStore) -> None:
    def work(uow: UnitOfWork) -> int:
        def inner(within: UnitOfWork) -> None:
            within.fact(("kept",), lambda _: 2)
            raise Refusal("no")

        with pytest.raises(Refusal):
            uow.attempt(inner)
        return uow.fact(("kept",), lambda _: 3)

    assert store.writer.call(work) == 3


def test_what_others_of_the_group_did_is_no_part_of_the_attempt(store: EventStore, tmp_path: Path) -> None:
    held = Held(store.writer)
    held.queue(appending(received("pie"), stream="stock-pie"), outer, appending(stream="stock-nut"))

    assert held.release() == [1, "went on", 5]
    assert assert_whole(tmp_path) == 5


def test_a_command_that_is_refused_after_its_attempt_leaves_nothing_of_it(store: EventStore, tmp_path: Path) -> None:
    def work(uow: UnitOfWork) -> None:
        uow.attempt(lambda within: note(within, "inner"))
        raise Refusal("changed my mind")

    with pytest.raises(Refusal, match="changed my mind"):
        store.writer.call(work)
    assert noted(tmp_path) == set()


def test_a_defect_within_an_attempt_ends_the_whole_command(store: EventStore, tmp_path: Path) -> None:
    def broken(uow: UnitOfWork) -> None:
        note(uow, "inner")
        raise ZeroDivisionError

    with pytest.raises(CommandFailed):
        store.writer.call(lambda uow: uow.attempt(broken))
    assert noted(tmp_path) == set()


def test_a_stream_that_exists_refuses_within_the_attempt_only(store: EventStore, tmp_path: Path) -> None:
    store.writer.call(appending())

    def work(uow: UnitOfWork) -> str:
        try:
            uow.attempt(appending(expected=0))
        except StaleVersion:
            return "stale"
        return "taken"

    # The table alone says that a new stream is not new: the command runs again, carefully, and then it is refused.
    assert store.writer.call(work) == "stale"
    assert assert_whole(tmp_path) == 1


def test_what_a_command_appended_is_in_the_state_it_loads(store: EventStore) -> None:
    def count(state: Counted | None, _: Event) -> Counted:
        return Counted(1 if state is None else state.events + 1)

    def work(uow: UnitOfWork) -> list[tuple[Counted | None, int]]:
        seen = [uow.load("stock-tea", Counted, count)]
        for _ in range(2):
            uow.append("stock-tea", received(), context=context())
            seen.append(uow.load("stock-tea", Counted, count))
        return seen

    store.writer.call(appending())

    assert store.writer.call(work) == [(Counted(1), 1), (Counted(2), 2), (Counted(3), 3)]
    assert store.writer.call(lambda uow: uow.load("stock-tea", Counted, count)) == (Counted(3), 3)
