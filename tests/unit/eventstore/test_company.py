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


# --- more tills than a COMMIT has time for -----------------------------------------------------------------------


def after(commands: int, commit_seconds: float = SLOW, work_seconds: float = 0.0) -> Company:
    company = Company()
    company.note(commands, commit_seconds, work_seconds)
    return company


def test_where_serving_all_takes_longer_than_a_commit_half_of_them_are_taken() -> None:
    assert after(64, work_seconds=0.032).most(64, answered=True) == 32


def test_the_half_that_was_committed_is_answered_when_the_others_commit_begins() -> None:
    company = after(32, work_seconds=0.016)

    assert company.answer_later(32)
    assert company.most(32, answered=False) == 32


def test_nobody_waits_for_an_answer_longer_than_for_their_own_commit_where_no_others_wait() -> None:
    assert not after(64, work_seconds=0.032).answer_later(0)


@pytest.mark.parametrize("commit_seconds", [SLOW_SECONDS * 0.9, 0.1])
def test_few_tills_or_a_fast_disk_leave_everybody_in_one_group(commit_seconds: float) -> None:
    company = after(64, commit_seconds, work_seconds=0.032)

    assert company.most(64, answered=True) is None
    assert not company.answer_later(64)
