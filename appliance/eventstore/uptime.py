"""Time that nobody can set: milliseconds since the machine started, and the name of that start.

Waits and limits of access are counted in it. It goes on through a restart of the program and through sleep; a restart
of the machine begins it anew under another name.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Moment(NamedTuple):
    """A moment of the machine's present life."""

    boot: str
    ms: int

    def since(self, boot: str, ms: int) -> int:
        """Milliseconds since another moment; since this start where that one lies before it, so never too many."""
        return self.ms - ms if boot == self.boot and ms <= self.ms else self.ms


Uptime = Callable[[], Moment]


def system_uptime() -> Uptime:
    """The machine's own; where it does not name its starts they count as one, and a wait as begun with the start."""
    try:
        boot = _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        boot = "unknown"
    return lambda: Moment(boot, time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000)
