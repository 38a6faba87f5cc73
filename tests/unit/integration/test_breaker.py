"""A breaker opens, waits, probes with one call at a time and closes; under concurrency and cancellation too."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from appliance.integration.breaker import FAILURES_TO_OPEN, OPEN_SECONDS, Breaker, BreakerOpen, State


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Failed(Exception):
    pass


class Refused(Exception):
    pass


async def works() -> str:
    return "answer"


async def fails() -> str:
    raise Failed


async def refuses() -> str:
    raise Refused


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(is_failure=lambda error: isinstance(error, Failed), clock=clock)


async def outcome(breaker: Breaker, work: Callable[[], Awaitable[str]]) -> str:
    try:
        return await breaker.run(work)
    except (Failed, Refused, BreakerOpen) as error:
        return type(error).__name__


def state(breaker: Breaker) -> State:
    """As it is now: it changes while the type checker is not looking."""
    return breaker.state


async def opened(breaker: Breaker) -> Breaker:
    for _ in range(FAILURES_TO_OPEN):
        assert await outcome(breaker, fails) == "Failed"
    return breaker


class Gate:
    """Work that ends when it is told to, and counts who is in it."""

    def __init__(self) -> None:
        self.inside = self.most = 0
        self.entered = 0
        self.leave = asyncio.Event()

    async def __call__(self) -> str:
        self.inside += 1
        self.entered += 1
        self.most = max(self.most, self.inside)
        try:
            await self.leave.wait()
        finally:
            self.inside -= 1
        return "answer"


async def test_five_failures_in_a_row_open_it(breaker: Breaker) -> None:
    for _ in range(FAILURES_TO_OPEN - 1):
        await outcome(breaker, fails)
    assert state(breaker) is State.CLOSED

    await outcome(breaker, fails)

    assert state(breaker) is State.OPEN
    assert breaker.opened == 1


async def test_a_success_in_between_begins_the_count_again(breaker: Breaker) -> None:
    for work in [fails] * 4 + [works] + [fails] * 4:
        await outcome(breaker, work)

    assert state(breaker) is State.CLOSED


async def test_a_refusal_is_an_answer_and_no_failure(breaker: Breaker) -> None:
    for work in [fails] * 4 + [refuses] * 10 + [fails] * 4:
        await outcome(breaker, work)

    assert state(breaker) is State.CLOSED


async def test_open_it_lets_nothing_through_and_says_when_to_come_back(breaker: Breaker, clock: Clock) -> None:
    await opened(breaker)
    gate = Gate()
    clock.now += 10

    with pytest.raises(BreakerOpen) as refused:
        await breaker.run(gate)

    assert gate.entered == 0
    assert refused.value.retry_after_s == OPEN_SECONDS - 10


async def test_after_its_time_exactly_one_of_many_waiting_calls_is_let_through(breaker: Breaker, clock: Clock) -> None:
    await opened(breaker)
    clock.now += OPEN_SECONDS
    gate = Gate()

    calls = [asyncio.create_task(outcome(breaker, gate)) for _ in range(100)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (gate.entered, breaker.state) == (1, State.HALF_OPEN)
    gate.leave.set()

    assert sorted(await asyncio.gather(*calls)) == ["BreakerOpen"] * 99 + ["answer"]


async def test_two_successful_probes_close_it(breaker: Breaker, clock: Clock) -> None:
    await opened(breaker)
    clock.now += OPEN_SECONDS

    assert await outcome(breaker, works) == "answer"
    assert state(breaker) is State.HALF_OPEN
    assert await outcome(breaker, works) == "answer"

    assert state(breaker) is State.CLOSED


async def test_a_probe_that_fails_opens_it_for_its_whole_time_again(breaker: Breaker, clock: Clock) -> None:
    await opened(breaker)
    clock.now += OPEN_SECONDS
    await outcome(breaker, works)

    await outcome(breaker, fails)

    assert state(breaker) is State.OPEN
    assert breaker.retry_after_s == OPEN_SECONDS


async def test_a_cancelled_probe_gives_its_place_to_the_next_call(breaker: Breaker, clock: Clock) -> None:
    await opened(breaker)
    clock.now += OPEN_SECONDS
    probe = asyncio.create_task(outcome(breaker, Gate()))
    await asyncio.sleep(0)
    assert await outcome(breaker, works) == "BreakerOpen"

    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe

    assert await outcome(breaker, works) == "answer"


async def test_cancelled_calls_neither_open_nor_clear_it(breaker: Breaker) -> None:
    for _ in range(FAILURES_TO_OPEN - 1):
        await outcome(breaker, fails)
    for _ in range(10):
        call = asyncio.create_task(outcome(breaker, Gate()))
        await asyncio.sleep(0)
        call.cancel()
        await asyncio.wait([call])
    assert state(breaker) is State.CLOSED

    await outcome(breaker, fails)

    assert state(breaker) is State.OPEN


async def test_a_call_from_before_it_opened_says_nothing_about_now(breaker: Breaker, clock: Clock) -> None:
    slow = Gate()
    old = [asyncio.create_task(outcome(breaker, slow)) for _ in range(10)]
    await asyncio.sleep(0)
    await opened(breaker)
    clock.now += OPEN_SECONDS
    probe = Gate()
    probing = asyncio.create_task(outcome(breaker, probe))
    await asyncio.sleep(0)

    slow.leave.set()
    await asyncio.gather(*old)

    assert state(breaker) is State.HALF_OPEN  # ten old successes have not closed it
    assert await outcome(breaker, works) == "BreakerOpen"  # nor has one of them freed the probe's place
    probe.leave.set()
    assert await probing == "answer"


async def test_it_is_never_wrong_whatever_comes_at_once(clock: Clock) -> None:
    """Hundreds of tasks that succeed, fail, are refused or are cancelled, with the clock jumping between them."""
    chance = random.Random(7)
    for _ in range(30):
        breaker = Breaker(is_failure=lambda error: isinstance(error, Failed), clock=clock)
        probes = 0

        async def work(breaker: Breaker = breaker) -> str:
            nonlocal probes
            probing = breaker.state is State.HALF_OPEN
            probes += probing
            assert probes <= 1
            try:
                for _ in range(chance.randrange(4)):
                    await asyncio.sleep(0)
                return await chance.choice([works, fails, fails, refuses])()
            finally:
                probes -= probing

        tasks = []
        for _ in range(200):
            tasks.append(asyncio.create_task(outcome(breaker, work)))
            if chance.random() < 0.2:
                chance.choice(tasks).cancel()
            clock.now += chance.choice([0, 0, 0, 1, 31])
            await asyncio.sleep(0)
        ends = await asyncio.gather(*tasks, return_exceptions=True)

        assert not [each for each in ends if isinstance(each, AssertionError)]
        clock.now += OPEN_SECONDS
        assert [await outcome(breaker, works) for _ in range(3)] == ["answer"] * 3
        assert state(breaker) is State.CLOSED
