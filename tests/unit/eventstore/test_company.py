"""Who was just answered is waited for on a slow disk, and nobody else is."""

from collections.abc import Iterator

import pytest

from appliance.eventstore.company import SLOW_SECONDS, Company

SLOW = 0.016


class Arrivals:
    """A clock that only sleeping moves, and a queue that fills by it."""

    def __init__(self, *times: float) -> None:
        self.times = times
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def queued(self) -> int:
        return sum(time <= self.now for time in self.times)

    def waited(self, commands: int, commit_seconds: float) -> float:
        company = Company(lambda: self.now, self.sleep)
        company.note(commands, commit_seconds)
        company.wait(self.queued)
        return self.now


def every(seconds: float, times: int) -> Iterator[float]:
    return (seconds * number for number in range(1, times + 1))


def test_all_who_were_answered_are_waited_for_while_they_come() -> None:
    tills = Arrivals(*every(0.001, 7))

    assert tills.waited(8, SLOW) == pytest.approx(0.007, abs=0.0005)


def test_a_till_without_company_waits_for_nobody() -> None:
    assert Arrivals().waited(1, SLOW) == 0


def test_who_stays_away_is_waited_for_no_longer_than_a_moment() -> None:
    assert Arrivals().waited(8, SLOW) == pytest.approx(SLOW / 8, abs=0.0005)


def test_nobody_waits_longer_than_a_commit_takes() -> None:
    tills = Arrivals(*every(0.001, 1000))

    assert tills.waited(256, SLOW) == pytest.approx(SLOW, abs=0.0005)


def test_on_a_fast_disk_nobody_is_waited_for() -> None:
    assert Arrivals(*every(0.0001, 64)).waited(64, SLOW_SECONDS * 0.9) == 0


def test_nothing_is_known_of_anybody_before_the_first_group() -> None:
    tills = Arrivals()
    Company(lambda: tills.now, tills.sleep).wait(tills.queued)

    assert tills.now == 0
