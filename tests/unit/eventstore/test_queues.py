"""Tills first: what nobody at a till waits for goes along with the next sale, and waits for none that does not come."""

from concurrent.futures import Future
from queue import Empty

import pytest

from appliance.eventstore.jobs import Job
from appliance.eventstore.queues import (
    ALONG,
    BETWEEN,
    LINGER_SECONDS,
    MOST_ALONE,
    SELLING_SECONDS,
    SHARE_ALONG,
    SHARE_BETWEEN,
    Queues,
)

MOST = 256


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def job(*, behind: bool = False) -> Job:
    return Job(lambda _: None, Future(), None, (object(), None), behind=behind)


def chore() -> Job:
    return Job.for_thread(lambda _: None)


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
    behind, tills = [job(behind=True) for _ in range(ALONG + 3)], [job(), job()]
    for each in (*behind[:5], *tills, *behind[5:]):
        queues.put(each)

    assert taken(queues, linger=False) == [*tills, *behind[:ALONG]]
    assert taken(queues, linger=False) == behind[ALONG:]


def test_where_nobody_sells_they_are_taken_at_once_but_not_all_of_them(queues: Queues) -> None:
    behind = [job(behind=True) for _ in range(MOST_ALONE + 1)]
    for each in behind:
        queues.put(each)

    assert taken(queues) == behind[:MOST_ALONE]


def test_between_two_sales_only_a_few_are_taken_until_the_store_no_longer_sells(queues: Queues, clock: Clock) -> None:
    selling(queues, clock)
    behind = [job(behind=True) for _ in range(2 * BETWEEN + 1)]
    for each in behind:
        queues.put(each)
    clock.now += 3 * LINGER_SECONDS

    assert taken(queues, linger=False) == behind[:BETWEEN]
    clock.now += SELLING_SECONDS
    assert taken(queues) == behind[BETWEEN:]


def test_of_many_that_wait_a_share_is_taken(queues: Queues, clock: Clock) -> None:
    selling(queues, clock)
    many = SHARE_ALONG * ALONG * 4
    behind, till = [job(behind=True) for _ in range(many)], job()
    for each in (till, *behind):
        queues.put(each)

    assert taken(queues, linger=False) == [till, *behind[: many // SHARE_ALONG]]
    left = behind[many // SHARE_ALONG :]
    assert taken(queues, linger=False) == left[: len(left) // SHARE_BETWEEN]


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


def test_a_look_of_the_watchdog_is_no_sale(queues: Queues) -> None:
    queues.put(chore())
    taken(queues)
    waiting = [job(behind=True) for _ in range(MOST_ALONE)]
    for each in waiting:
        queues.put(each)

    assert not queues.selling
    assert taken(queues) == waiting
