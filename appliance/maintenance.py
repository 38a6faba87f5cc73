"""Slow work on the whole store, beside selling: rebuilds, verification, the scrub, and erasing for good."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from appliance.eventstore.background import Step
from appliance.eventstore.checkpoints import Checkpointer
from appliance.eventstore.clock import Clock, rfc3339
from appliance.eventstore.connection import open_reader
from appliance.eventstore.writer import Writer
from appliance.projections import states
from appliance.projections.fts import Optimize, fts_tables
from appliance.projections.rebuild import Rebuilder, RebuildJob
from appliance.projections.registry import PROJECTIONS, live
from appliance.projections.states import LIVE, State

_FINDINGS = (
    "SELECT id, found_at, kind, subject, position, detail FROM findings"
    " WHERE resolved_at IS NULL ORDER BY id DESC LIMIT 100"
)


class Rebuilds:
    """The rebuilds under way and the state of every projection, as last told by the writer."""

    def __init__(self, writer: Writer, rebuilder: Rebuilder, database: Path) -> None:
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
            task = asyncio.create_task(self.run(wanted))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

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
        """See to it soon, in slices."""
        task = asyncio.create_task(self.run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

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


class Maintenance:
    """What the API asks for; see `appliance.api.services.Maintenance`."""

    def __init__(self, writer: Writer, rebuilds: Rebuilds, purge: Purge, clock: Clock) -> None:
        self._writer = writer
        self._rebuilds = rebuilds
        self._purge = purge
        self._clock = clock

    async def make_ready(self, names: Sequence[str]) -> None:
        """Rebuild what decisions read; selling must wait for it."""
        if names:
            await self._rebuilds.run(names)

    def begin(self, names: Sequence[str]) -> None:
        """Rebuild what selling need not wait for."""
        self._rebuilds.start(names)

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

    async def findings(self) -> list[dict[str, Any]]:
        """What starts and scrubs found wrong and nobody has seen to."""
        rows = await self._writer.run(lambda uow: uow.query(_FINDINGS))
        keys = ("id", "found_at", "kind", "subject", "position", "detail")
        return [dict(zip(keys, row, strict=True)) for row in rows]

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
