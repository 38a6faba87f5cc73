import asyncio
import concurrent.futures
from typing import Any

import pytest

from appliance.eventstore.jobs import Answers, Job


def nothing(_: object) -> None:
    """Work that is never run here."""


def test_a_thread_gets_the_result_it_waits_for() -> None:
    job, answers = Job.for_thread(nothing), Answers()
    answers.succeed(job, 7)

    answers.deliver()

    assert job.wait(1) == 7


def test_a_failure_is_raised_where_the_answer_is_awaited() -> None:
    job = Job.for_thread(nothing)

    Answers.all_failed([job], ValueError("no")).deliver()

    with pytest.raises(ValueError, match="no"):
        job.wait(1)


async def test_a_loop_is_woken_once_for_all_that_wait_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, wakes, answers = asyncio.get_running_loop(), list[object](), Answers()
    wake = loop.call_soon_threadsafe

    def counted(*args: Any) -> asyncio.Handle:
        wakes.append(args)
        return wake(*args)

    monkeypatch.setattr(loop, "call_soon_threadsafe", counted)
    jobs = [Job.for_loop(nothing) for _ in range(5)]
    for number, job in enumerate(jobs):
        answers.succeed(job, number)

    answers.deliver()

    assert await asyncio.gather(*(job.future for job in jobs)) == [0, 1, 2, 3, 4]
    assert len(wakes) == 1


def test_a_loop_that_has_closed_keeps_nobody_else_from_an_answer() -> None:
    async def begin() -> Job:
        return Job.for_loop(nothing)

    loop = asyncio.new_event_loop()
    gone = loop.run_until_complete(begin())
    loop.close()
    waiting, answers = Job.for_thread(nothing), Answers()
    answers.succeed(gone, None)
    answers.succeed(waiting, "here")

    answers.deliver()

    assert waiting.wait(1) == "here"


def test_whoever_gave_up_is_passed_over() -> None:
    gone, waiting, answers = Job.for_thread(nothing), Job.for_thread(nothing), Answers()
    gone.future.cancel()
    answers.succeed(gone, None)
    answers.succeed(waiting, "here")
    assert gone.abandoned
    assert not waiting.abandoned

    answers.deliver()

    assert waiting.wait(1) == "here"
    with pytest.raises(concurrent.futures.CancelledError):
        gone.wait(1)
