"""Slow work on the whole store, beside selling: rebuilds, verification, the scrub, and erasing for good."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from appliance.domain.refusals import Refusal
from appliance.errors import ShuttingDown
from appliance.eventstore.background import Step
from appliance.eventstore.checkpoints import Checkpointer
from appliance.eventstore.clock import Clock, rfc3339
from appliance.eventstore.connection import open_reader
from appliance.eventstore.store import Paths
from appliance.eventstore.writer import Writer
from appliance.projections import states
from appliance.projections.base import Opener
from appliance.projections.fts import Optimize, fts_tables
from appliance.projections.rebuild import Rebuilder, RebuildJob
from appliance.projections.registry import PROJECTIONS, live
from appliance.projections.retired import Sweep
from appliance.projections.scrub import pause
from appliance.projections.states import LIVE, State
from appliance.verification import Problem, Verification

T = TypeVar("T")

SLICE_SECONDS = 0.02  # of the interpreter's time that selling has to share
VERIFY_SECONDS = 1.0  # somebody waits: as fast as half a core goes

Broken = Callable[[Sequence[str], str], Awaitable[None]]
"""Told which rebuild ended badly, and how."""

Found = Callable[[Sequence[Problem]], Awaitable[None]]

OPENED = ("customers", "orders")  # the views of personal data

_FINDINGS = (
    "SELECT id, found_at, kind, subject, position, detail FROM findings"
    " WHERE resolved_at IS NULL ORDER BY id DESC LIMIT 100"
)


class Rebuilds:
    """The rebuilds under way and the state of every projection, as last told by the writer."""

    def __init__(self, writer: Writer, rebuilder: Rebuilder, database: Path, broken: Broken) -> None:
        self._broken = broken
        self._writer = writer
        self._database = database
        self._rebuilder = rebuilder
        self._jobs: list[RebuildJob] = []
        self._states: dict[str, State] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def look(self) -> None:
        """Read every projection's state anew."""
        self._states = await asyncio.to_thread(self._read)

    def _read(self) -> dict[str, State]:
        with contextlib.closing(open_reader(self._database)) as db:
            return states.read(db)

    async def run(self, names: Sequence[str]) -> None:
        """Rebuild and return when the new tables are live. Raises what broke the rebuild."""
        job = self._rebuilder.job(names)
        self._jobs.append(job)
        step = Step(job.step)
        try:
            self._writer.background(step)
            await self.look()
            await asyncio.wrap_future(step.done)
        finally:
            self._jobs.remove(job)
            await self.look()

    def start(self, names: Sequence[str]) -> None:
        """Begin a rebuild that nobody waits for; names already under way are left to the job that has them."""
        under_way = {each.name for job in self._jobs for each in job.progress}
        wanted = [name for name in names if name not in under_way]
        if wanted:
            task = asyncio.create_task(self._run_unwatched(wanted))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run_unwatched(self, names: Sequence[str]) -> None:
        """A rebuild that a stop breaks off goes on at the next start; any other end but the good one is a finding."""
        try:
            await self.run(names)
        except ShuttingDown:
            return
        except (Refusal, sqlite3.Error) as error:
            await self._broken(names, str(error))

    def clear_away(self) -> None:
        """Give up, soon, the tables that broken-off rebuilds have left behind; their pages are used again."""
        task = asyncio.create_task(self._clear_away())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _clear_away(self) -> None:
        """What cannot be done on a disk that is full to the last byte is done at the next look."""
        step = Step(Sweep(PROJECTIONS).step)
        with contextlib.suppress(Refusal, sqlite3.Error):
            self._writer.background(step)
            await asyncio.wrap_future(step.done)

    @property
    def names(self) -> tuple[str, ...]:
        """Every projection there is."""
        return self._rebuilder.names

    def building(self, name: str) -> dict[str, Any] | None:
        """The progress of a projection that cannot be read yet; None where its live tables serve."""
        state = self._states.get(name)
        known = {each.name: each.version for each in PROJECTIONS}
        if state is None or name not in known or state.version == known[name]:
            return None
        return self._progress(name) or {
            "name": name,
            "position": 0,
            "head": self._writer.head.position,
            "fraction": 0.0,
        }

    def report(self) -> list[dict[str, Any]]:
        """Every projection: what it is, where it stands, and how far its rebuild is."""
        head = self._writer.head.position
        return [
            {
                "name": state.name,
                "version": state.version,
                "position": head if state.status == LIVE or self.building(state.name) is None else state.position,
                "status": state.status,
                "progress": self._progress(state.name),
            }
            for state in self._states.values()
        ]

    def _progress(self, name: str) -> dict[str, Any] | None:
        for job in self._jobs:
            for each in job.progress:
                if each.name == name:
                    return asdict(each)
        return None


class Purge:
    """Takes erased personal data out of the search indexes and out of the write-ahead log."""

    def __init__(self, writer: Writer, checkpointer: Checkpointer) -> None:
        self._writer = writer
        self._checkpointer = checkpointer
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """See to it soon, in slices; what a stop breaks off is begun again at the next start."""
        task = asyncio.create_task(self._run_unwatched())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run_unwatched(self) -> None:
        with contextlib.suppress(ShuttingDown):
            await self.run()

    async def run(self) -> None:
        """Merge the index, then empty the write-ahead log; returns when both are done."""
        optimize = Optimize(fts_tables(live()))
        merged = Step(optimize.step)
        self._writer.background(merged)
        await asyncio.wrap_future(merged.done)
        emptied = Step(self._empty, transactional=False)
        self._writer.background(emptied)
        await asyncio.wrap_future(emptied.done)

    def _empty(self, db: sqlite3.Connection, budget_s: float) -> bool:
        del budget_s  # readers are cut after 2 s, so this ends
        return self._checkpointer.purge(db)


class Scrubs:
    """Verifications, asked for or by the clock; one at a time. What differs is reported and rebuilt."""

    def __init__(self, paths: Paths, opener: Opener, clock: Clock, found: Found) -> None:
        self._paths = paths
        self._opener = opener
        self._clock = clock
        self._found = found
        self._task: asyncio.Task[None] | None = None
        self._periodic: asyncio.Task[None] | None = None
        self._last: dict[str, Any] | None = None

    @property
    def last(self) -> dict[str, Any] | None:
        """The verification under way, or the last one."""
        return self._last

    async def begin(self) -> dict[str, Any]:
        """Verify now, unless that is under way."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run("verify.scratch", VERIFY_SECONDS))
            await asyncio.sleep(0)
        return self._last or {}

    def keep_scrubbing(self, period_s: float | None) -> None:
        """Look at everything once a period, from now on, and not as before; None: no more."""
        before, self._periodic = self._periodic, None
        if before is not None:
            before.cancel()
        if period_s is not None:
            self._periodic = asyncio.create_task(self._scrub_for_ever(period_s, before))

    async def stop(self) -> None:
        """End what is under way; nothing is lost by it."""
        for task in (self._task, self._periodic):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _scrub_for_ever(self, period_s: float, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])  # the slice that it is at uses the same file
        while True:
            began = time.monotonic()
            await self._run("scrub.scratch", period_s)
            await asyncio.sleep(max(0.0, began + period_s - time.monotonic()))

    async def _run(self, scratch: str, period_s: float) -> None:
        self._last = state = {
            "status": "running",
            "checked": 0,
            "total": 0,
            "problems": [],
            "started_at": rfc3339(self._clock()),
            "finished_at": None,
        }
        try:
            problems = await self._verify(state, scratch, period_s)
        except (sqlite3.Error, OSError) as error:
            state |= {"status": "failed", "detail": str(error), "finished_at": rfc3339(self._clock())}
            await self._found([{"kind": "verification", "detail": f"The verification broke off: {error}"}])
            return
        status = "damaged" if problems else "clean"
        state |= {"status": status, "problems": problems, "finished_at": rfc3339(self._clock())}
        await self._found(problems)

    async def _verify(self, state: dict[str, Any], scratch: str, period_s: float) -> list[Problem]:
        async with contextlib.AsyncExitStack() as stack:
            run = await _to_the_end(lambda: _entered(stack, Verification(self._paths, self._opener, scratch)))
            await self._slices(run, state, period_s)
            return run.problems

    @staticmethod
    async def _slices(run: Verification, state: dict[str, Any], period_s: float) -> None:
        began = time.monotonic()
        finished = False
        while not finished:
            slice_began = time.monotonic()
            finished = await _to_the_end(lambda: run.slice(SLICE_SECONDS))
            now = time.monotonic()
            state |= {"total": run.total, "checked": int(run.fraction * run.total), "problems": run.problems}
            await asyncio.sleep(pause(run.fraction, now - began, now - slice_began, period_s))


async def _to_the_end(work: Callable[[], T]) -> T:
    """Run `work` in a thread, and even when cancelled come back only when it has ended.

    A connection that is closed while another thread still reads on it takes the process down.
    """
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


def _entered(stack: contextlib.AsyncExitStack, run: Verification) -> Verification:
    """Have it closed at the end, whoever is cancelled meanwhile."""
    stack.callback(run.close)
    return run


class Maintenance:
    """What the API asks for; see `appliance.api.services.Maintenance`."""

    def __init__(
        self, writer: Writer, rebuilder: Rebuilder, purge: Purge, paths: Paths, opener: Opener, clock: Clock
    ) -> None:
        self._writer = writer
        self._rebuilds = Rebuilds(writer, rebuilder, paths.database, self._rebuild_broke)
        self._purge = purge
        self._clock = clock
        self._scrubs = Scrubs(paths, opener, clock, self.heed)

    async def look(self) -> None:
        """Read the state of every view; once at the start."""
        await self._rebuilds.look()

    async def _rebuild_broke(self, names: Sequence[str], why: str) -> None:
        await self.note("rebuild-broke", ", ".join(names), None, f"The rebuild broke off: {why}")

    def keep_scrubbing(self, period_s: float | None) -> None:
        """Look at everything once a period, from now on; None: no more."""
        self._scrubs.keep_scrubbing(period_s)

    async def stop(self) -> None:
        """End verifications and scrubs; a rebuild goes on at the next start."""
        await self._scrubs.stop()

    async def verify(self) -> dict[str, Any]:
        """Begin to verify the log and every view, unless that is under way."""
        return await self._scrubs.begin()

    def verification(self) -> dict[str, Any] | None:
        """How far the last verification is, or what it found; None before the first."""
        return self._scrubs.last

    async def heed(self, problems: Sequence[Problem]) -> None:
        """Report what was found, and rebuild the views that are wrong."""
        for each in problems:
            subject = str(each.get("projection") or each.get("key") or each["kind"])
            await self.note(f"damaged-{each['kind']}", subject, each.get("position"), each["detail"])
        self._rebuilds.start([each["projection"] for each in problems if "projection" in each])

    async def make_ready(self, names: Sequence[str]) -> None:
        """Rebuild what decisions read; selling must wait for it."""
        if names:
            await self._rebuilds.run(names)

    def begin(self, names: Sequence[str]) -> None:
        """Rebuild what selling need not wait for, and clear away what was left behind."""
        self._rebuilds.start(names)
        self._rebuilds.clear_away()

    def projections(self) -> list[dict[str, Any]]:
        """Every view: name, version, position, status, and its progress while it is being rebuilt."""
        return self._rebuilds.report()

    def building(self, name: str) -> dict[str, Any] | None:
        """How far a view that cannot be read yet is; None where it can be read."""
        return self._rebuilds.building(name)

    async def rebuild(self, name: str | None) -> dict[str, Any]:
        """Begin to rebuild one view, or all."""
        names = self._rebuilds.names if name is None else (name,)
        self._rebuilds.start(names)
        await self._rebuilds.look()
        return {"items": [each for each in self.projections() if each["name"] in names]}

    async def reopen(self) -> None:
        """Read personal data anew, where keys to it came back."""
        await self._rebuilds.run(OPENED)

    async def findings(self) -> list[dict[str, Any]]:
        """What starts and scrubs found wrong and nobody has seen to."""
        rows = await self._writer.run(lambda uow: uow.query(_FINDINGS))
        keys = ("id", "found_at", "kind", "subject", "position", "detail")
        return [dict(zip(keys, row, strict=True)) for row in rows]

    async def resolve(self, finding: int) -> bool:
        """Write down that somebody has seen to a finding; False where there is no open one of that number."""
        sql = "UPDATE findings SET resolved_at = ? WHERE id = ? AND resolved_at IS NULL RETURNING id"
        now = rfc3339(self._clock())
        return bool(await self._writer.run(lambda uow: uow.query(sql, (now, finding))))

    async def note(self, kind: str, subject: str, position: int | None, detail: str) -> None:
        """Put a finding where people and health look."""
        row = (rfc3339(self._clock()), kind, subject, position, detail)
        await self._writer.run(
            lambda uow: uow.execute(
                "INSERT INTO findings(found_at, kind, subject, position, detail) VALUES (?,?,?,?,?)", row
            )
        )

    def purge(self) -> None:
        """See to it, soon, that erased personal data leaves the index and the write-ahead log as well."""
        self._purge.start()

    def give_back(self) -> None:
        """Let the disk have, soon, what the write-ahead log holds and what rebuilds have left behind; never the log."""
        self._rebuilds.clear_away()
        self._purge.start()
