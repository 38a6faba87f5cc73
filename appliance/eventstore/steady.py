"""The store's steady time: milliseconds that only ever go forward, at the pace of a clock nobody can set.

While the machine runs it follows the kernel's boot clock, also across restarts of the process. Only what passed
between two boots has to be taken from the wall clock, and that can be wrong both ways: backwards counts as no time at
all. Timers and deadlines live in steady time, so an operator or an NTP server that moves the wall clock by two hours
or by a year moves none of them.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

Milliseconds = Callable[[], int]

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
WRITE_ANCHOR = "REPLACE INTO steady (one, boot, boot_ms, wall_ms, steady_ms) VALUES (1, ?, ?, ?, ?)"
_READ_ANCHOR = "SELECT boot, boot_ms, wall_ms, steady_ms FROM steady"


def boot_ms() -> int:
    """Since the machine started, its sleep included; no setting of the clock changes it."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def wall_ms() -> int:
    """Unix time, as somebody set it."""
    return time.time_ns() // 1_000_000


def boot_id() -> str:
    """Names this run of the kernel; every start counts as a new one where the kernel does not say."""
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except OSError:
        return f"unknown-{time.time_ns()}"


class SteadyClock:
    """Answers steady milliseconds once `begin` has read the file; the first ever start begins at 0."""

    def __init__(self, boot: Milliseconds = boot_ms, wall: Milliseconds = wall_ms, name: str | None = None) -> None:
        self._boot = boot
        self._wall = wall
        self._name = name or boot_id()
        self._offset = -boot()

    def __call__(self) -> int:
        """The present steady time."""
        return self._boot() + self._offset

    def begin(self, db: sqlite3.Connection) -> None:
        """Go on from the last anchor in the file; leave a new one where that is of another boot, else write nothing."""
        found = db.execute(_READ_ANCHOR).fetchone()
        if found is not None:
            self._offset = self._since(*found) - self._boot()
        if found is None or found[0] != self._name:
            db.execute(WRITE_ANCHOR, self.anchor())

    def anchor(self) -> tuple[str, int, int, int]:
        """What `WRITE_ANCHOR` keeps: after the next boot, time is counted from here by the wall clock."""
        return self._name, self._boot(), self._wall(), self()

    def _since(self, boot: str, then_boot: int, then_wall: int, then_steady: int) -> int:
        passed = self._boot() - then_boot if boot == self._name else self._wall() - then_wall
        return then_steady + max(passed, 0)
