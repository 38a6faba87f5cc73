"""Token buckets: a burst, then the rate, each device and each stranger for themselves."""

import pytest

from appliance.api.rates import MOST_BUCKETS, Rate, Rates
from appliance.api.refusals import TooManyRequests


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def rates(time: Time) -> Rates:
    return Rates(Rate(device=10, total=25, stranger=1), time)


def let_in(rates: Rates, device: str, times: int) -> int:
    found = 0
    for _ in range(times):
        try:
            rates.device(device)
        except TooManyRequests:
            continue
        found += 1
    return found


def test_a_device_may_send_a_burst_and_then_its_rate(rates: Rates, time: Time) -> None:
    burst = let_in(rates, "till-1", 100)
    time.now += 1.0
    after_a_second = let_in(rates, "till-1", 100)

    assert (burst, after_a_second) == (20, 10)


def test_a_rest_buys_no_more_than_a_burst(rates: Rates, time: Time) -> None:
    time.now += 1e6

    assert let_in(rates, "till-1", 100) == 20


def test_a_device_over_its_limit_takes_nothing_from_the_others(rates: Rates) -> None:
    let_in(rates, "till-1", 1_000)

    assert let_in(rates, "till-2", 100) == 20


def test_all_devices_together_have_a_limit(rates: Rates) -> None:
    assert sum(let_in(rates, f"till-{number}", 100) for number in range(10)) == 50


def test_strangers_take_nothing_from_devices(rates: Rates) -> None:
    rates.stranger("10.0.0.9")
    rates.stranger("10.0.0.9")

    with pytest.raises(TooManyRequests) as refusal:
        rates.stranger("10.0.0.9")

    assert refusal.value.facts["retry_after"] == 1
    assert let_in(rates, "till-1", 20) == 20


def test_addresses_that_come_and_go_fill_no_memory(rates: Rates) -> None:
    for number in range(3 * MOST_BUCKETS):
        rates.stranger(f"address-{number}")

    assert len(rates._strangers) <= MOST_BUCKETS


def test_a_clock_that_stands_still_lets_nobody_in_for_ever(rates: Rates) -> None:
    assert let_in(rates, "till-1", 10_000) == 20
