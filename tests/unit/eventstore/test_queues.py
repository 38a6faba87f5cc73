"""Tills first: what nobody at a till waits for goes along with the next sale, and waits for none that does not come."""

from queue import Empty

import pytest

from appliance.eventstore.jobs import Job
from appliance.eventstore.queues import LINGER_SECONDS, MOST_ALONE, MOST_ALONG, Queues

MOST = 256


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def job(*, behind: bool = False) -> Job:
    return Job.for_thread(lambda _: None, behind=behind)


def taken(queues: Queues, *, linger: bool = True) -> list[Job]:
    first = queues.first(block=False, timeout=None, linger=linger)
    jobs = [first] if first is not None else []
    queues.rest(jobs, MOST)
    return jobs


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queues(clock: Clock) -> Queues:
    return Queues(clock)


def selling(queues: Queues, clock: Clock) -> None:
    for _ in range(50):
        clock.now += LINGER_SECONDS / 2
        queues.put(job())
        taken(queues)


def test_tills_go_first_and_a_few_of_those_behind_along_with_them(queues: Queues) -> None:
    behind, tills = [job(behind=True) for _ in range(MOST_ALONG + 3)], [job(), job()]
    for each in (*behind[:5], *tills, *behind[5:]):
        queues.put(each)

    assert taken(queues, linger=False) == [*tills, *behind[:MOST_ALONG]]
    assert taken(queues, linger=False) == behind[MOST_ALONG:]


def test_where_nobody_sells_they_are_taken_at_once_but_not_all_of_them(queues: Queues) -> None:
    behind = [job(behind=True) for _ in range(MOST_ALONE + 1)]
    for each in behind:
        queues.put(each)

    assert taken(queues) == behind[:MOST_ALONE]


def test_while_the_store_sells_they_wait_for_the_next_sale(queues: Queues, clock: Clock) -> None:
    selling(queues, clock)
    behind, till = job(behind=True), job()
    queues.put(behind)

    with pytest.raises(Empty):
        taken(queues)
    queues.put(till)
    assert taken(queues) == [till, behind]


def test_they_do_not_wait_long_for_a_sale_that_does_not_come(queues: Queues, clock: Clock) -> None:
    selling(queues, clock)
    behind = job(behind=True)
    queues.put(behind)
    with pytest.raises(Empty):
        taken(queues)

    clock.now += LINGER_SECONDS * 1.01

    assert taken(queues) == [behind]


def test_one_sale_now_and_then_is_not_waited_for(queues: Queues, clock: Clock) -> None:
    for _ in range(20):
        clock.now += 4 * LINGER_SECONDS
        queues.put(job())
        taken(queues)
    behind = job(behind=True)
    queues.put(behind)

    assert taken(queues) == [behind]


def test_nothing_is_left_behind_at_the_end(queues: Queues) -> None:
    jobs = [job(), job(behind=True), job()]
    for each in jobs:
        queues.put(each)

    assert not queues.empty()
    assert set(queues.drain()) == set(jobs)
    assert queues.empty()
