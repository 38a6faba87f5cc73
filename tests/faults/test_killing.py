"""kill -9 at random moments, over HTTP and under load: what was acknowledged is there once, the rest can be asked."""

import time
from pathlib import Path

import pytest

from tests.faults.support.appliances import Nursery
from tests.faults.support.checker import Violation
from tests.faults.support.scale import SEED, allowed, dice, scaled
from tests.faults.support.selling import Store, moment, new_store

pytestmark = [pytest.mark.faults, pytest.mark.timeout(allowed(300))]

KILLS = 60
KILLS_WHILE_STARTING = 10
LOOK_EVERY = 20


@pytest.mark.promise
def test_killed_again_and_again_it_loses_nothing_and_books_nothing_twice(nursery: Nursery, place: Path) -> None:
    draws, began = dice("kill"), time.monotonic()
    with new_store(nursery, place) as store:
        for number in range(scaled(KILLS)):
            store.sell_and_kill(moment(draws))
            if number % LOOK_EVERY == LOOK_EVERY - 1:
                store.settle()
                store.check()
        unknown = store.settle()
        book = store.check()

        seconds = time.monotonic() - began
        print(
            f"kill -9: {scaled(KILLS)} kills in {seconds:.0f} s, {len(store.ledger.acked)} acknowledged, 0 missing, "
            f"0 twice, {unknown} unknown at the end and all resolved, answers {store.tills.statuses}, seed {SEED}"
        )
        assert set(book.sales) == set(store.ledger.acked)
        assert {number.split("-")[-2] for number in book.receipt_numbers} == {"1"}  # no kill costs a life of the log


def test_killed_while_it_starts_it_starts_all_the_same(nursery: Nursery, place: Path) -> None:
    draws = dice("start")
    with new_store(nursery, place) as store:
        store.sell_and_kill(0.3)
        for _ in range(scaled(KILLS_WHILE_STARTING)):
            appliance = nursery.start(store.data)
            time.sleep(draws.uniform(0.0, 0.4))
            appliance.kill()
        store.settle()

        assert set(store.check().sales) == set(store.ledger.acked)


def test_killed_during_its_very_first_start_it_starts_all_the_same(nursery: Nursery, place: Path) -> None:
    draws = dice("first")
    data = place / "data"
    for _ in range(scaled(KILLS_WHILE_STARTING)):
        appliance = nursery.start(data)
        time.sleep(draws.uniform(0.0, 0.3))
        appliance.kill()
    with new_store(nursery, place) as store:
        store.sell_and_kill(0.3)
        store.settle()

        assert {number.split("-")[-2] for number in store.check().receipt_numbers} == {"1"}


@pytest.mark.parametrize(("plant", "finding"), [("no receipt", "twice"), ("answer before commit", "gone")])
def test_the_planted_bug_is_caught(nursery: Nursery, place: Path, plant: str, finding: str) -> None:
    with new_store(nursery, place) as store, pytest.raises(Violation, match=finding):
        _kill_until_found(store, plant)


def _kill_until_found(store: Store, plant: str, most: int = 20) -> None:
    for _ in range(most):
        store.sell_and_kill(0.3, plant)
        store.settle(plant)
        store.check()
