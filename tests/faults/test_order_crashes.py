"""The process dies at every named moment of an order's way, twice in a row: nobody pays twice, or for nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.support.matrix import Matrix
from tests.faults.support.order_crash import ORDER, entries
from tests.faults.support.saga_crashing import Crasher
from tests.faults.support.scale import allowed
from tests.support.sagas import unheld
from tests.support.stores import rows

pytestmark = [pytest.mark.faults, pytest.mark.promise, pytest.mark.timeout(allowed(900))]

SCENARIO = "tests.faults.support.order_crash"
PAY = "process_payment"
MOMENTS = 10  # of about a hundred a way has; BACKROOM_FAULT_SCALE=10 takes all of them


def lives(crasher: Crasher) -> Iterator[tuple[str, str]]:
    """(moment, life) for every moment it is killed at; in the end, what there was to kill is told."""
    matrix = Matrix(crasher)
    for moment, life in matrix.lives(MOMENTS):
        assert unheld(crasher.data(life)) == []
        yield moment, life
    print(matrix.summary())
    assert matrix.killed > len(matrix.missed)


def amounts(crasher: Crasher, name: str, kind: str) -> list[int]:
    """What the provider took ("Charged") or gave back ("Refunded")."""
    path = crasher.data(name).with_suffix(".ledger")
    return [line["answer"]["amount"] for line in entries(path) if line["type"] == kind]


def told(crasher: Crasher, name: str) -> dict[str, Any]:
    """What the store says in the end."""
    data = crasher.data(name)
    sold = dict(
        rows(data, "SELECT section, sum(amount) FROM day_totals WHERE section IN ('sales', 'refunds') GROUP BY 1")
    )
    return {
        "status": rows(data, "SELECT status FROM orders WHERE order_id = ?", ORDER)[0][0],
        "stock": dict(rows(data, "SELECT product_id, on_hand_milli FROM stock")),
        "held": rows(data, "SELECT * FROM reservations") + rows(data, "SELECT 1 FROM stock WHERE reserved_milli <> 0"),
        "sold": sold.get("sales", 0) - sold.get("refunds", 0),
        "documents": rows(data, "SELECT count(*) FROM documents")[0][0],
    }


def test_killed_anywhere_a_delivery_is_charged_once_and_booked_once(place: Path) -> None:
    with Crasher(f"{SCENARIO}:delivering", place) as crasher:
        for moment, name in lives(crasher):
            assert (amounts(crasher, name, "Charged"), amounts(crasher, name, "Refunded")) == ([750], []), moment
            assert told(crasher, name) == {
                "status": "confirmed",
                "stock": {"tea": 7000, "jam": 10_000},
                "held": [],
                "sold": 750,
                "documents": 1,
            }, moment


def test_killed_anywhere_a_pickup_is_charged_once_and_booked_once(place: Path) -> None:
    with Crasher(f"{SCENARIO}:collecting", place) as crasher:
        for moment, name in lives(crasher):
            assert (amounts(crasher, name, "Charged"), amounts(crasher, name, "Refunded")) == ([750], []), moment
            assert told(crasher, name) == {
                "status": "confirmed",
                "stock": {"tea": 8000, "jam": 9000},
                "held": [],
                "sold": 750,
                "documents": 1,
            }, moment


@pytest.mark.parametrize(("scenario", "status"), [("refused", "failed"), ("cancelled", "cancelled")])
def test_killed_anywhere_an_order_that_is_undone_gives_everything_back(place: Path, scenario: str, status: str) -> None:
    with Crasher(f"{SCENARIO}:{scenario}", place) as crasher:
        for moment, name in lives(crasher):
            assert (amounts(crasher, name, "Charged"), amounts(crasher, name, "Refunded")) == ([750], [750]), moment
            assert told(crasher, name) == {
                "status": status,
                "stock": {"tea": 10_000, "jam": 10_000},
                "held": [],
                "sold": 0,
                "documents": 0,
            }, moment


# --- teeth -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plant", "charged", "refunded"),
    [("another key each time", [750, 750], [750]), ("compensation skipped", [750], [])],
)
def test_the_planted_bug_is_caught(place: Path, plant: str, charged: list[int], refunded: list[int]) -> None:
    """Killed where the charge was made and nobody had heard of it, an order that cannot be sent."""
    with Crasher(f"{SCENARIO}:refused", place, plant) as crasher:
        whole = crasher.run("whole").points
        made = next(point for point in whole if point.startswith("carried_out") and PAY in point)
        made = made.partition(PAY)[0] + PAY  # not by the whole key, which differs from life to life
        assert crasher.run("hit", kill_at=made).killed
        assert crasher.run("hit").code == 0

        assert amounts(crasher, "hit", "Charged") == charged
        assert amounts(crasher, "hit", "Refunded") == refunded
