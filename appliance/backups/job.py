"""Backups of a running store: one at a time, in a thread of its own, with its progress for whoever asks."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from appliance.backups import archive, checking, copying, rotation, sealing
from appliance.backups.archive import Backup
from appliance.backups.copying import Source, Stop
from appliance.backups.rotation import Keeping
from appliance.domain.refusals import Refusal
from appliance.errors import BackupFailed
from appliance.eventstore.clock import Clock, rfc3339
from appliance.eventstore.escrow import Recipient

UNSEALED = "backup-in-the-clear"  # a folder of the data directory, for as long as it takes to seal one
NICE = 10  # of 19: what is left over, and still some of it on a busy box
COPIED = 0.6  # of the bar; the rest is proving the copy

Note = Callable[[str, str, int | None, str], Awaitable[None]]
"""Puts a finding (kind, subject, position, detail) where people and health look."""


class Backups:
    """What the API asks for: begin one, see how far it is, list what is there."""

    def __init__(
        self,
        source: Source,
        folder: Path,
        keeping: Keeping,
        clock: Clock,
        note: Note,
        recipient: Recipient | None = None,
    ) -> None:
        self._source = source
        self._folder = folder
        self._keeping = keeping
        self._clock = clock
        self._note = note
        self._recipient = recipient
        self._task: asyncio.Task[None] | None = None
        self._stop = Stop()
        self._state: dict[str, Any] | None = None

    def keep(self, keeping: Keeping) -> None:
        """From the next backup on keep so many."""
        self._keeping = keeping

    async def begin(self) -> dict[str, Any]:
        """Take a backup now, unless that is under way; answers as `state` does."""
        if self._task is None or self._task.done():
            self._state = {"status": "running", "fraction": 0.0, "started_at": rfc3339(self._clock())}
            self._task = asyncio.create_task(self._run(self._state))
        return self._state or {}

    @property
    def state(self) -> dict[str, Any] | None:
        """The backup under way, or what became of the last one; None before the first since the start."""
        return self._state

    async def listed(self) -> list[dict[str, Any]]:
        """Every backup that is there, newest first."""
        return [described(each) for each in await asyncio.to_thread(archive.found_in, self._folder)]

    async def make_room(self) -> list[str]:
        """Give up every backup but the newest; answers the names of what went."""
        only = Keeping(newest=1, keys_for=self._keeping.keys_for)
        return await asyncio.to_thread(rotation.rotate, self._folder, only, self._clock())

    async def expire_keys(self) -> None:
        """Let old backups forget who was erased since, whether or not a new one is made."""
        found = await asyncio.to_thread(archive.found_in, self._folder)
        await asyncio.to_thread(rotation.expire_keys, found, self._keeping, self._clock())

    async def stop(self) -> None:
        """Break off what is under way; returns when its thread has ended."""
        self._stop.now()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self, state: dict[str, Any]) -> None:
        # A thread of its own, of low priority, since a customer may not wait: that would stay with one used again.
        with ThreadPoolExecutor(1, "backup") as pool:
            try:
                made = await asyncio.get_running_loop().run_in_executor(pool, self._take, state)
            except Refusal as refusal:
                state |= {"status": "failed", "detail": refusal.detail, "finished_at": rfc3339(self._clock())}
                if not self._stop.wanted:
                    await self._note("backup-failed", self._folder.name, None, refusal.detail)
            else:
                done = {"status": "done", "fraction": 1.0, "finished_at": rfc3339(self._clock())}
                state |= done | {"backup": described(made)}

    def _take(self, state: dict[str, Any]) -> Backup:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)

        def progress(fraction: float) -> None:
            state["fraction"] = fraction

        into = self._folder if self._recipient is None else self._source.paths.data / UNSEALED
        made = copying.take(
            self._source, into, state["started_at"], self._stop, lambda fraction: progress(fraction * COPIED)
        )
        found = checking.problems(made, lambda fraction: progress(COPIED + (1 - COPIED) * fraction))
        if found:
            raise copying.unproven(made, found)
        if self._recipient is not None:
            made = self._seal(made, self._recipient)
        with contextlib.suppress(OSError):  # what cannot be deleted now is deleted after the next one
            rotation.rotate(self._folder, self._keeping, self._clock())
        return made

    def _seal(self, plain: Backup, recipient: Recipient) -> Backup:
        try:
            return sealing.sealed(plain, self._folder, recipient)
        except OSError as error:
            raise BackupFailed(f"The copy could not be sealed in {self._folder}: {error}.") from error


def described(backup: Backup) -> dict[str, Any]:
    """A backup as people and programs are told of it."""
    manifest = backup.manifest
    return {
        "name": backup.name,
        "created_at": manifest.created_at,
        "store_id": manifest.store_id,
        "incarnation": manifest.incarnation,
        "position": manifest.position,
        "bytes": backup.bytes,
        "has_keys": backup.has_keys,
        "sealed": backup.is_sealed,
    }
