"""More tills than a slow disk's COMMIT has time for: half of them are answered as the COMMIT of the others begins."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.errors import StoreFull
from appliance.eventstore.company import Company
from appliance.eventstore.jobs import Job
from appliance.eventstore.store import EventStore
from tests.support.stores import Held, answer_of, appending, assert_whole, opened

TILLS = 30


class Crowded(Company):
    """As on a slow disk with too many tills: the writer thread asks it, so nothing depends on how fast this disk is."""

    def most(self, queued: int, *, answered: bool) -> int | None:
        return TILLS // 2

    def answer_later(self, queued: int) -> bool:
        return queued > 0


class Watched:
    """A connection that tells of each BEGIN and COMMIT before it runs."""

    def __init__(self, db: sqlite3.Connection, told: Callable[[str], None]) -> None:
        self._db, self._told = db, told

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        if sql.startswith(("BEGIN", "COMMIT")):
            self._told(sql.split(maxsplit=1)[0])
        return self._db.execute(sql, *args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    with opened(tmp_path) as found:
        found.writer._company = Crowded()
        yield found


def watch(store: EventStore, told: Callable[[str], None]) -> None:
    store.writer._db = Watched(store.writer._db, told)  # type: ignore[assignment]


def crowd(store: EventStore) -> tuple[Held, list[Job]]:
    held = Held(store.writer)
    return held, held.queue(*[appending()] * TILLS)


def test_a_half_is_answered_after_its_own_commit_and_as_the_others_begins(store: EventStore, tmp_path: Path) -> None:
    answered: list[tuple[str, int]] = []
    held, jobs = crowd(store)
    watch(store, lambda sql: answered.append((sql, sum(job.future.done() for job in jobs))))

    assert held.release() == [*range(1, TILLS + 1)]

    half = TILLS // 2
    assert answered[:4] == [("BEGIN", 0), ("COMMIT", 0), ("BEGIN", 0), ("COMMIT", half)]
    assert assert_whole(tmp_path) == TILLS


def test_who_was_committed_is_answered_whatever_becomes_of_the_others(store: EventStore, tmp_path: Path) -> None:
    held, _ = crowd(store)
    good = iter(["the first half's"])

    def fail_the_second(sql: str) -> None:
        if sql == "COMMIT" and next(good, None) is None:
            error = sqlite3.OperationalError("injected")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error

    watch(store, fail_the_second)

    answers = held.release()

    half = TILLS // 2
    assert answers[:half] == [*range(1, half + 1)]
    assert {type(each) for each in answers[half:]} == {StoreFull}
    assert assert_whole(tmp_path) == half


def test_who_was_committed_is_answered_though_the_others_break_the_group(store: EventStore, tmp_path: Path) -> None:
    held, jobs = crowd(store)

    def broken(_: object) -> None:
        raise ZeroDivisionError

    culprit = held.queue(broken)[0]

    held.let_go()

    assert [answer_of(job) for job in jobs] == [*range(1, TILLS + 1)]
    assert "ZeroDivisionError" in str(answer_of(culprit))
    assert assert_whole(tmp_path) == TILLS


def test_a_store_that_stops_answers_everybody_first(store: EventStore, tmp_path: Path) -> None:
    held, jobs = crowd(store)
    held.let_go()

    assert store.writer.close()

    assert [answer_of(job) for job in jobs] == [*range(1, TILLS + 1)]
    assert assert_whole(tmp_path) == TILLS
