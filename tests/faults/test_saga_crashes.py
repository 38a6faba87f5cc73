"""The process dies at every named moment of a saga, twice in a row; each saga ends, and nothing is done twice."""

from collections import Counter
from pathlib import Path

import pytest

from appliance.sagas.state import COMPENSATED, COMPLETED, SagaState, evolve
from tests.faults.support.saga_crashing import Crasher
from tests.faults.support.scale import allowed, spread
from tests.faults.support.toy_crash import SAGA, STEPS
from tests.support.sagas import story, unheld

pytestmark = [pytest.mark.faults, pytest.mark.timeout(allowed(600))]

SCENARIO = "tests.faults.support.toy_crash"
DONE = [f"{SAGA}:{step}:1" for step in STEPS]
MOMENTS = 15  # of about seventy; BACKROOM_FAULT_SCALE=10 takes all of them


def ends_as(data: Path) -> SagaState:
    state: SagaState | None = None
    for event in story(data, SAGA):
        state = evolve(state, event)
    assert state is not None
    return state


def moments(crasher: Crasher) -> int:
    """How many moments a life without accidents has, up to the last outcome."""
    whole = crasher.run("whole")
    assert whole.code == 0
    return len(whole.points) - whole.points[::-1].index("after_outcome")


def crashed_twice(crasher: Crasher, number: int) -> str:
    """Killed at that moment, killed again soon after the start, then left alone."""
    name = f"at-{number}"
    first = crasher.run(name, kill_at=number)
    assert first.killed
    crasher.run(name, kill_at=max(2, number % 7))
    assert unheld(crasher.data(name)) == []
    assert crasher.run(name).code == 0
    return name


def test_killed_anywhere_it_is_completed_with_each_step_done_once(place: Path) -> None:
    with Crasher(f"{SCENARIO}:completing", place) as crasher:
        for number in spread(moments(crasher), MOMENTS, crasher.scenario):
            name = crashed_twice(crasher, number)

            assert ends_as(crasher.data(name)).status == COMPLETED, number
            assert crasher.ledger(name) == DONE, number


def test_killed_anywhere_while_it_goes_back_each_step_is_undone_once(place: Path) -> None:
    undone = [f"{SAGA}:{step}:undo" for step in reversed(STEPS[:-1])]
    with Crasher(f"{SCENARIO}:compensating", place) as crasher:
        for number in spread(moments(crasher), MOMENTS, crasher.scenario):
            name = crashed_twice(crasher, number)

            assert ends_as(crasher.data(name)).status == COMPENSATED, number
            assert crasher.ledger(name) == [*DONE[:-1], *undone], number


def test_every_kind_of_moment_is_among_those_it_is_killed_at(place: Path) -> None:
    with Crasher(f"{SCENARIO}:compensating", place) as crasher:
        kinds = Counter(point.partition(":")[0] for point in crasher.run("whole").points)

    assert set(kinds) >= {
        "before_begin", "after_begin", "before_lease", "after_lease", "before_call", "arrived", "carried_out",
        "after_call", "before_outcome", "before_append", "after_enqueue", "committed", "after_outcome",
    }  # fmt: skip
