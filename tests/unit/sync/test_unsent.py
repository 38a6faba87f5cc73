"""The age of what head office lacks."""

from appliance.sync.unsent import MOST_MARKS, Unsent


class Looks:
    """Somebody who looks, and a clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0
        self.unsent = Unsent(lambda: self.now)

    def at(self, now: float, *, head: int, acknowledged: int) -> float:
        self.now = now
        return self.unsent.seconds(head, acknowledged)


def test_nothing_is_old_while_head_office_has_all() -> None:
    looks = Looks()

    assert [looks.at(now, head=10, acknowledged=10) for now in (0, 100, 200)] == [0, 0, 0]


def test_a_store_that_never_stops_selling_is_as_late_as_its_line() -> None:
    looks = Looks()
    ages = [looks.at(now, head=10 + now, acknowledged=8 + now) for now in range(10_000)]

    assert max(ages) <= 3


def test_without_a_line_it_grows_and_it_falls_as_the_backlog_drains() -> None:
    looks = Looks()
    looks.at(0, head=100, acknowledged=100)
    for now in range(1, 101):
        assert looks.at(now, head=100 + now, acknowledged=100) == now

    ages = [looks.at(100, head=200, acknowledged=acknowledged) for acknowledged in (110, 150, 199, 200)]

    assert 85 <= ages[0] <= 95
    assert 45 <= ages[1] <= 56
    assert ages[2] <= 8
    assert ages[3] == 0


def test_a_month_without_a_line_takes_no_more_memory_than_an_hour() -> None:
    looks = Looks()
    for now in range(0, 10_000, 7):
        looks.at(now, head=now + 1, acknowledged=0)

    assert len(looks.unsent._marks) <= MOST_MARKS
    assert looks.at(10_000, head=10_001, acknowledged=0) == 10_000
