import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from appliance.eventstore.background import (
    BUSY_BUDGET_SECONDS,
    IDLE_BUDGET_SECONDS,
    MAX_PASSED,
    Background,
    Step,
)


@dataclass
class Counting:
    """A slow work of so many slices; remembers the budget of each."""

    slices: int
    budgets: list[float] = field(default_factory=list)
    fails_at: int = 0

    def __call__(self, db: sqlite3.Connection, budget_s: float) -> bool:
        self.budgets.append(budget_s)
        db.execute("INSERT INTO done VALUES (?)", (len(self.budgets),))
        if len(self.budgets) == self.fails_at:
            raise ValueError("broken work")
        return len(self.budgets) == self.slices


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE done (slice INTEGER)")
    yield connection
    connection.close()


def background(*steps: Step) -> Background:
    found = Background()
    for step in steps:
        found.add(step)
    return found


def slices(db: sqlite3.Connection) -> int:
    count: int = db.execute("SELECT count(*) FROM done").fetchone()[0]
    return count


def test_a_work_goes_on_a_slice_at_a_time_until_it_says_it_is_done(db: sqlite3.Connection) -> None:
    step = Step(Counting(3))
    works = background(step)

    for _ in range(3):
        assert works.due
        assert works.run(db, busy=False, queued=0)

    assert step.done.result(0) is None
    assert not works.due
    assert not works.run(db, busy=False, queued=0)


def test_a_selling_store_gives_it_smaller_slices(db: sqlite3.Connection) -> None:
    work = Counting(2)
    works = background(Step(work))

    works.run(db, busy=True, queued=0)
    works.run(db, busy=False, queued=0)

    assert work.budgets == [BUSY_BUDGET_SECONDS, IDLE_BUDGET_SECONDS]


def test_commands_that_wait_go_first_but_not_for_ever(db: sqlite3.Connection) -> None:
    works = background(Step(Counting(1)))

    passed = [works.run(db, busy=True, queued=5) for _ in range(MAX_PASSED + 1)]

    assert passed == [False] * MAX_PASSED + [True]


def test_a_cancelled_work_runs_no_further_slice(db: sqlite3.Connection) -> None:
    cancelled, next_ = Step(Counting(5)), Step(Counting(1))
    works = background(cancelled, next_)
    works.run(db, busy=False, queued=0)

    cancelled.cancel()
    works.run(db, busy=False, queued=0)

    assert next_.done.done()
    assert slices(db) == 2


def test_a_work_that_breaks_leaves_nothing_of_its_slice_and_tells_its_owner(db: sqlite3.Connection) -> None:
    broken, next_ = Step(Counting(5, fails_at=2)), Step(Counting(1))
    works = background(broken, next_)

    for _ in range(3):
        works.run(db, busy=False, queued=0)

    with pytest.raises(ValueError, match="broken work"):
        broken.done.result(0)
    assert next_.done.done()
    assert slices(db) == 2
    assert not db.in_transaction


def test_a_disk_error_is_told_to_the_owner_and_stops_the_writer_as_well(db: sqlite3.Connection) -> None:
    def failing(_: sqlite3.Connection, __: float) -> bool:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
        raise error

    step = Step(failing)

    with pytest.raises(sqlite3.OperationalError):
        background(step).run(db, busy=False, queued=0)

    assert isinstance(step.done.exception(0), sqlite3.OperationalError)


def test_what_is_left_when_the_store_ends_is_told_so(db: sqlite3.Connection) -> None:
    step = Step(Counting(5))
    works = background(step)
    works.run(db, busy=False, queued=0)

    works.stop(ValueError("ending"))

    assert isinstance(step.done.exception(0), ValueError)
    assert not works.due
