"""The process dies at every named moment of a saga, twice in a row; each saga ends, and nothing is done twice."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.sagas.state import COMPENSATED, COMPLETED, SagaState, evolve
from tests.faults.support.matrix import Matrix
from tests.faults.support.saga_crashing import Crasher
from tests.faults.support.scale import allowed
from tests.faults.support.toy_crash import SAGA, STEPS
from tests.support.sagas import story, unheld

pytestmark = [pytest.mark.faults, pytest.mark.promise, pytest.mark.timeout(allowed(600))]

SCENARIO = "tests.faults.support.toy_crash"
DONE = [f"{SAGA}:{step}:1" for step in STEPS]
MOMENTS = 12  # of about a hundred; BACKROOM_FAULT_SCALE=10 takes all of them


def ends_as(data: Path) -> SagaState:
    state: SagaState | None = None
    for event in story(data, SAGA):
        state = evolve(state, event)
    assert state is not None
    return state


def lives(crasher: Crasher) -> Iterator[tuple[str, str]]:
    """(moment, life) for every moment it is killed at; in the end, what there was to kill is told."""
    matrix = Matrix(crasher)
    for moment, life in matrix.lives(MOMENTS):
        assert unheld(crasher.data(life)) == []
        yield moment, life
    print(matrix.summary())
    assert matrix.killed > len(matrix.missed)


def test_killed_anywhere_it_is_completed_with_each_step_done_once(place: Path) -> None:
    with Crasher(f"{SCENARIO}:completing", place) as crasher:
        for moment, name in lives(crasher):
            assert ends_as(crasher.data(name)).status == COMPLETED, moment
            assert crasher.ledger(name) == DONE, moment


def test_killed_anywhere_while_it_goes_back_each_step_is_undone_once(place: Path) -> None:
    undone = [f"{SAGA}:{step}:undo" for step in reversed(STEPS[:-1])]
    with Crasher(f"{SCENARIO}:compensating", place) as crasher:
        for moment, name in lives(crasher):
            assert ends_as(crasher.data(name)).status == COMPENSATED, moment
            assert crasher.ledger(name) == [*DONE[:-1], *undone], moment


def test_every_kind_of_moment_is_among_those_it_is_killed_at(place: Path) -> None:
    with Crasher(f"{SCENARIO}:compensating", place) as crasher:
        kinds = Counter(point.partition(" ")[0] for point in crasher.run("whole").points)

    assert set(kinds) >= {
        "before_begin", "after_begin", "before_lease", "after_lease", "before_call", "arrived", "carried_out",
        "after_call", "before_outcome", "before_append", "appended", "before_enqueue", "after_enqueue", "committed",
        "after_outcome",
    }  # fmt: skip
