"""Commands on their way through the writer, and their answers on the way back: one wake-up a loop and group."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from appliance.application.foresight import Foreseen

if TYPE_CHECKING:
    from appliance.eventstore.unit_of_work import UnitOfWork

Work = Callable[["UnitOfWork"], Any]


class Job:
    """Work to be done in a transaction, and who waits for it."""

    __slots__ = ("behind", "foreseen", "future", "loop", "work")

    def __init__(
        self,
        work: Work,
        future: Any,
        loop: asyncio.AbstractEventLoop | None,
        foreseen: Foreseen | None = None,
        *,
        behind: bool = False,
    ) -> None:
        """`behind`: nobody at a till waits for it, so it lets those go first; see `queues`."""
        self.work = work
        self.future = future
        self.loop = loop
        self.foreseen = foreseen
        self.behind = behind

    @classmethod
    def for_loop(cls, work: Work, foreseen: Foreseen | None = None, *, behind: bool = False) -> Job:
        """A job whose answer is awaited on the running event loop."""
        loop = asyncio.get_running_loop()
        return cls(work, loop.create_future(), loop, foreseen, behind=behind)

    @classmethod
    def for_thread(cls, work: Work, *, behind: bool = False) -> Job:
        """A job whose answer a thread waits for."""
        return cls(work, concurrent.futures.Future(), None, behind=behind)

    def wait(self, timeout_s: float | None) -> Any:
        """Block until the answer is there; for thread jobs."""
        return self.future.result(timeout_s)

    @property
    def abandoned(self) -> bool:
        """Whether nobody waits any more and it has not begun: a client left or its deadline passed while it queued."""
        return bool(self.future.done())


class Answers:
    """What a group answers; delivered after the commit, on each waiting loop with a single wake-up."""

    def __init__(self) -> None:
        self._answers: list[tuple[Job, Any, BaseException | None]] = []

    def __bool__(self) -> bool:
        return bool(self._answers)

    @classmethod
    def all_failed(cls, jobs: Sequence[Job], error: BaseException) -> Answers:
        """The same failure for every job."""
        answers = cls()
        for job in jobs:
            answers.fail(job, error)
        return answers

    def succeed(self, job: Job, result: Any) -> None:
        """Answer with a result."""
        self._answers.append((job, result, None))

    def fail(self, job: Job, error: BaseException) -> None:
        """Answer with an error."""
        self._answers.append((job, None, error))

    def extend(self, other: Answers) -> None:
        """Take over another's answers."""
        self._answers += other._answers

    def deliver(self) -> None:
        """Resolve all futures; a loop that has closed meanwhile has nobody left to tell."""
        by_loop: dict[asyncio.AbstractEventLoop | None, list[tuple[Job, Any, BaseException | None]]] = {}
        for answer in self._answers:
            by_loop.setdefault(answer[0].loop, []).append(answer)
        for loop, answers in by_loop.items():
            if loop is None:
                _resolve(answers)
            else:
                with contextlib.suppress(RuntimeError):  # asking first would leave a moment for the loop to close
                    loop.call_soon_threadsafe(_resolve, answers)


def _resolve(answers: Sequence[tuple[Job, Any, BaseException | None]]) -> None:
    for job, result, error in answers:
        with contextlib.suppress(asyncio.InvalidStateError, concurrent.futures.InvalidStateError):
            if error is None:
                job.future.set_result(result)
            else:
                job.future.set_exception(error)
