"""The one writer: a thread that owns the only read-write connection and every checkpoint.

It takes whole commands and commits whatever has queued up as one transaction: group commit without a wait window, but
on a slow disk with a look at who is on the way (`company`).
Nothing is answered before COMMIT returned and the head file was written.

What a failure means:

- a command is refused: its staging is dropped, the others of the group commit;
- a command breaks the group (a defect): the group is rolled back and its commands run again one by one, so only the
  culprit fails;
- the disk is full: SQLite has rolled back or is told to, nothing has happened, all get StoreFull, the box stays up;
- any other error of disk or file: the outcome is unknown; all get OutcomeUnknown and the writer stops, because only
  a fresh start that re-reads the file can tell;
- anything after COMMIT (the head file, a listener): as unknown as that; what is committed is never run again.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Container, Mapping, Sequence
from queue import Empty
from typing import TypeVar

from appliance.application.foresight import Foreseen
from appliance.application.ports import Recorded
from appliance.domain.refusals import Refusal
from appliance.errors import CommandFailed, OutcomeUnknown, Overloaded, ShuttingDown, StoreFull
from appliance.eventstore import log
from appliance.eventstore.background import Background, Step
from appliance.eventstore.checkpoints import Checkpointer
from appliance.eventstore.clock import rfc3339
from appliance.eventstore.company import Company
from appliance.eventstore.group import Group, Wiring
from appliance.eventstore.head import Head, HeadFile
from appliance.eventstore.jobs import Answers, Job
from appliance.eventstore.memory import Memory
from appliance.eventstore.queues import Queues
from appliance.eventstore.stats import WriterStats
from appliance.eventstore.unit_of_work import UnitOfWork

T = TypeVar("T")

MAX_GROUP = 256  # commands a transaction: beyond that the gain is gone and the wait of the first one grows
MAX_QUEUED = 4_096  # commands waiting; past it a client is told to come back
IDLE_SECONDS = 0.02  # how long nothing must come before the writer looks after checkpoints and slow work
HEAD_SYNC_SECONDS = 1.0
BUSY_SECONDS = 1.0  # a store that sold this recently is selling: slow work takes small slices

Committed = Callable[[Head, Sequence[Recorded]], None]
"""Told of every commit, on the writer thread, before the answers go out; must be quick and must not raise."""

Woken = Callable[[Mapping[str, int]], None]
"""Told, like `Committed`, of queues with new messages: when the earliest is due in steady time, 0 for now."""


class Writer:
    """Runs commands one after the other, durably; start it once, close it once."""

    def __init__(self, db: sqlite3.Connection, head_file: HeadFile, wiring: Wiring, checkpointer: Checkpointer) -> None:
        self._db = db
        self._head_file = head_file
        self._wiring = wiring
        self._checkpointer = checkpointer
        self._queue = Queues()
        self._memory = Memory()
        self._head = log.last(db)
        self._listeners: list[Committed] = []
        self._woken: list[Woken] = []
        self._heard: Container[str] | None = None
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._closing = self._ended = False
        self._synced_at = self._worked_at = time.monotonic()
        self._background = Background()
        self._company = Company()
        self._held = Answers()  # of the last group, where they go out as the next COMMIT begins
        self.stats = WriterStats()
        self.failure: BaseException | None = None
        self.on_failure: Callable[[BaseException], None] = lambda _: None

    # --- for everybody ------------------------------------------------------------------------------------------

    @property
    def head(self) -> Head:
        """The last committed position and its hash."""
        return self._head

    @property
    def queued(self) -> int:
        """Commands waiting now."""
        return self._queue.qsize()

    @property
    def selling(self) -> bool:
        """Whether tills are being served; slow work then does little at a time."""
        return self._queue.selling

    def start(self) -> None:
        """Begin taking commands."""
        self._thread.start()

    def listen(self, listener: Committed) -> None:
        """Be told of every commit."""
        self._listeners.append(listener)

    def listen_messages(self, listener: Woken) -> None:
        """Be told of every commit that brought messages."""
        self._woken.append(listener)

    def hear(self, queues: Container[str]) -> None:
        """From the next transaction on, messages for any queue but these are parked; what is added later counts."""
        self._heard = queues

    def submit(self, job: Job) -> None:
        """Queue a job; raises Overloaded, ShuttingDown or OutcomeUnknown at once where it cannot be taken."""
        if self.failure is not None:
            detail = "The store stopped writing after a disk error and is restarting."
            raise OutcomeUnknown(detail)
        if self._closing:
            detail = "The store is shutting down."
            raise ShuttingDown(detail)
        if self._queue.qsize() >= MAX_QUEUED:
            detail = f"{MAX_QUEUED} commands are waiting already."
            raise Overloaded(detail)
        self._queue.put(job)
        if self._ended:  # the thread took its last look at the queue a moment before
            self._refuse_rest()

    def run(
        self, work: Callable[[UnitOfWork], T], foreseen: Foreseen | None = None, *, behind: bool = False
    ) -> asyncio.Future[T]:
        """Run `work` in a transaction; the future is its result, once that is durable. Cancelling does not undo it.

        What is `behind` lets tills go first and goes along with them.
        """
        job = Job.for_loop(work, foreseen, behind=behind)
        self.submit(job)
        future: asyncio.Future[T] = job.future
        return future

    def call(self, work: Callable[[UnitOfWork], T], timeout_s: float | None = None, *, behind: bool = False) -> T:
        """`run` for threads without an event loop."""
        job = Job.for_thread(work, behind=behind)
        self.submit(job)
        result: T = job.wait(timeout_s)
        return result

    def background(self, step: Step) -> None:
        """Run `step` in slices between groups until it says it is done."""
        self._background.add(step)
        self._queue.put(None)
        if self._ended:
            self._refuse_rest()

    def close(self, timeout_s: float = 10.0) -> bool:
        """Commit what is queued, sync the head file, checkpoint and stop; False where the disk did not let it in time.

        Not to be called on the event loop.
        """
        self._closing = True
        self._queue.put(None)
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # --- the thread ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while self.failure is None and not (self._closing and self._queue.empty()):
                jobs = self._take()
                if jobs:
                    self._commit(jobs)
                else:
                    self._hand_out()
                self._between(idle=not jobs)
        except Exception as error:  # noqa: BLE001  a writer that ended in silence would leave every till waiting
            self._stop(error)
        self._hand_out()
        try:
            self._shut()
        except (sqlite3.Error, OSError) as error:
            self._stop(error)
        finally:
            self._refuse_rest()

    def _take(self) -> list[Job]:
        timeout = IDLE_SECONDS if self._chores() else None
        try:
            first = self._queue.first(block=not self._background.due, timeout=timeout, linger=not self._closing)
        except Empty:
            return []
        jobs = [first] if first is not None else []
        if jobs and not self._held and not self._closing:
            self._company.wait(self._queue.ahead)
        waiting = len(jobs) + self._queue.ahead()
        self._queue.rest(jobs, min(self._company.most(waiting, answered=not self._held) or MAX_GROUP, MAX_GROUP))
        return jobs

    def _chores(self) -> bool:
        return self._closing or self._head_file.dirty or self._checkpointer.wanted or self.stats.disk_full

    def _commit(self, jobs: list[Job]) -> None:
        started = time.perf_counter()
        answers = self._attempt(jobs)
        self.stats.group(len(jobs), time.perf_counter() - started)
        self._hand_out()
        self._held = answers
        if self._due_between() or not self._company.answer_later(self._queue.ahead()):
            self._hand_out()

    def _hand_out(self) -> None:
        held, self._held = self._held, Answers()
        held.deliver()

    def _attempt(self, jobs: list[Job], *, careful: bool = False) -> Answers:
        answers = Answers()
        try:
            group = self._transact(jobs, answers, careful=careful)
        except Exception as error:  # noqa: BLE001  any defect in a handler or fold ends here, and is answered
            return self._after_error(jobs, error, careful=careful)
        try:
            self._committed(group)
        except Exception as error:  # noqa: BLE001  committed: whatever broke now must not lead to a second run
            return Answers.all_failed(jobs, self._stop(error))
        return answers

    def _transact(self, jobs: Sequence[Job], answers: Answers, *, careful: bool) -> Group:
        db, begun = self._db, time.perf_counter()
        db.execute("BEGIN IMMEDIATE")
        stamp = rfc3339(self._wiring.clock())
        group = Group(db, self._head, self._wiring, self._memory, stamp, careful=careful, heard=self._heard)
        if len(jobs) > 1:
            self._wiring.foresee(group, [job.foreseen for job in jobs if job.foreseen is not None])
        for job in jobs:
            self._decide(job, group, answers)
        group.settle()
        if not db.in_transaction:
            message = "the transaction was rolled back under its commands"
            raise sqlite3.OperationalError(message)
        self._hand_out()
        ready = time.perf_counter()
        db.execute("COMMIT")
        took = time.perf_counter() - ready
        self.stats.commit(took)
        self._company.note(len(jobs), took, ready - begun)
        return group

    def _decide(self, job: Job, group: Group, answers: Answers) -> None:
        if job.abandoned:
            return
        uow = UnitOfWork(group)
        try:
            result = job.work(uow)
            uow.succeed()
        except Refusal as refusal:
            uow.abandon()
            answers.fail(job, refusal)
        else:
            answers.succeed(job, result)

    def _committed(self, group: Group) -> None:
        self._head = group.head
        self._memory.merge(group.values, group.streams)
        self._checkpointer.note_commit()
        self.stats.recovered()
        if group.events:
            self._head_file.write(self._head)
            for listener in self._listeners:
                listener(self._head, group.events)
        if group.messages.woken:
            for woken in self._woken:
                woken(group.messages.woken)

    def _after_error(self, jobs: list[Job], error: Exception, *, careful: bool) -> Answers:
        """Decide what an error that ended the group means, by its kind and by whether a transaction is still open."""
        self._hand_out()
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        unfinished = self._db.in_transaction
        self._roll_back()
        if code == sqlite3.SQLITE_FULL:
            self.stats.full()
            return Answers.all_failed(jobs, _full(error))
        if code == sqlite3.SQLITE_BUSY:
            detail = "Another program holds the database file."
            return Answers.all_failed(jobs, Overloaded(detail))
        if isinstance(error, sqlite3.Error) and (not unfinished or code in _FROM_BELOW):
            return Answers.all_failed(jobs, self._stop(error))
        if careful:
            return Answers.all_failed(jobs, _failed(error))
        return self._one_by_one(jobs)

    def _one_by_one(self, jobs: list[Job]) -> Answers:
        answers = Answers()
        for job in jobs:
            if self.failure is not None:
                detail = "The store stopped before this was begun."
                answers.fail(job, ShuttingDown(detail))
            else:
                answers.extend(self._attempt([job], careful=True))
        return answers

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
        self._memory.clear()
        with contextlib.suppress(sqlite3.Error):
            self._head = log.last(self._db)

    def _between(self, *, idle: bool) -> None:
        now = time.monotonic()
        if not idle:
            self._worked_at = now
        if self._head_sync_due(now):
            self._head_file.sync()
            self._synced_at = now
        if idle and self.stats.disk_full:
            self._probe_room(now)
        busy = now - self._worked_at < BUSY_SECONDS
        if self._background.run(self._db, busy=busy, queued=self._queue.qsize()):
            self._checkpointer.note_commit()
        if idle or self._checkpointer.overdue:
            self._checkpointer.checkpoint(self._db)

    def _head_sync_due(self, now: float) -> bool:
        return self._head_file.dirty and now - self._synced_at >= HEAD_SYNC_SECONDS

    def _due_between(self) -> bool:
        """Whether something slow comes between this group and the next."""
        return self._background.due or self._head_sync_due(time.monotonic())

    def _probe_room(self, now: float) -> None:
        if not self.stats.probe_due(now):
            return
        try:
            self._db.execute(_PROBE, (str(time.time()),))
        except sqlite3.OperationalError as error:
            self._roll_back()
            if error.sqlite_errorcode & 0xFF in _FROM_BELOW:
                raise
        else:
            self.stats.recovered()

    def _stop(self, error: BaseException) -> OutcomeUnknown:
        self.failure = error
        self.on_failure(error)
        detail = f"The disk answered: {error}. The store restarts and reads the file again."
        return OutcomeUnknown(detail)

    def _shut(self) -> None:
        try:
            if self.failure is None:
                self._checkpointer.close(self._db)
            self._head_file.close()
        finally:
            self._db.close()

    def _refuse_rest(self) -> None:
        self._ended = True
        rest = self._queue.drain()
        stopped = ShuttingDown("The store stopped before this was begun.")
        self._background.stop(stopped)
        Answers.all_failed(rest, stopped).deliver()


_PROBE = "INSERT INTO settings VALUES ('probed_at', ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value"
_FROM_BELOW = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN})


def _full(error: BaseException) -> StoreFull:
    refusal = StoreFull("There is no room left on the disk of the data directory.")
    refusal.__cause__ = error
    return refusal


def _failed(error: BaseException) -> CommandFailed:
    refusal = CommandFailed(f"{type(error).__name__}: the command was rolled back and nothing was booked.")
    refusal.__cause__ = error
    return refusal
