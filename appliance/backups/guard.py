"""Keeps room on the disk for sales: gives back what can be made again, never the log; and lets backups forget in time.

In this order, until there is room: every backup but the newest, then what the write-ahead log's file holds and the
tables that broken-off rebuilds have left behind, whose pages sales then use before the file grows. It looks often,
since a disk fills between two backups as well, and a backup forgets by the calendar and not by the next one.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from appliance.domain.refusals import Refusal

LOOK_SECONDS = 60.0
KEPT_BYTES = 200 << 20  # a day of sales and a checkpoint; the same figure makes `doctor` call the disk bad

Note = Callable[[str, str, int | None, str], Awaitable[None]]
Free = Callable[[], int]


class DiskGuard:
    """One a store; `tidy` is one look, and `keep_watch` looks again and again."""

    def __init__(
        self,
        free: Free,
        make_room: Callable[[], Awaitable[Sequence[str]]],
        expire_keys: Callable[[], Awaitable[None]],
        give_back: Callable[[], None],
        note: Note,
        kept: int = KEPT_BYTES,
    ) -> None:
        self._free = free
        self._make_room = make_room
        self._expire_keys = expire_keys
        self._give_back = give_back
        self._note = note
        self._kept = kept
        self._short = False
        self._task: asyncio.Task[None] | None = None

    async def tidy(self) -> list[str]:
        """Let old keys go, and make room where there is too little; answers which backups went."""
        await self._expire_keys()
        if self._free() >= self._kept:
            self._short = False
            return []
        gone = [*await self._make_room()]
        if self._free() < self._kept:
            self._give_back()
        if gone or not self._short:
            await self._say(gone)
        self._short = True
        return gone

    async def _say(self, gone: Sequence[str]) -> None:
        text = f"The disk had less than {self._kept >> 20} MiB left. Given up: {', '.join(gone) or 'no backup'}."
        with contextlib.suppress(Refusal):  # a disk that is full to the last byte takes no finding either
            await self._note("room-made", "disk", None, text)

    def keep_watch(self, period_s: float = LOOK_SECONDS) -> None:
        """Look again and again from now on."""
        self._task = asyncio.create_task(self._watch(period_s))

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _watch(self, period_s: float) -> None:
        while True:
            with contextlib.suppress(OSError):  # what cannot be deleted now may be at the next look
                await self.tidy()
            await asyncio.sleep(period_s)


def free_at(folder: Path) -> Free:
    """What is free on the disk of a folder."""
    return lambda: shutil.disk_usage(folder).free
