"""What the writer counts about itself; read by metrics and health, written on the writer thread only."""

from __future__ import annotations

import time
from collections.abc import Callable

PROBE_SECONDS = 1.0

Observe = Callable[[float], None]


def _ignore(_: float) -> None:
    """Where nobody measures."""


class WriterStats:
    """Counters and hooks; the hooks are set by the composition root to feed histograms."""

    def __init__(self) -> None:
        self.groups = 0
        self.commands = 0
        self.disk_full = False
        self.last_commit_at = 0.0
        self.observe_group_size: Observe = _ignore
        self.observe_group_seconds: Observe = _ignore
        self.observe_commit_seconds: Observe = _ignore
        self._probed_at = 0.0

    def group(self, size: int, seconds: float) -> None:
        """A group has been worked through."""
        self.groups += 1
        self.commands += size
        self.observe_group_size(size)
        self.observe_group_seconds(seconds)

    def commit(self, seconds: float) -> None:
        """A COMMIT has returned."""
        self.last_commit_at = time.monotonic()
        self.observe_commit_seconds(seconds)

    def full(self) -> None:
        """The disk had no room."""
        self.disk_full = True

    def recovered(self) -> None:
        """A write went through."""
        self.disk_full = False

    def probe_due(self, now: float) -> bool:
        """Whether it is time to try again whether there is room."""
        if now - self._probed_at < PROBE_SECONDS:
            return False
        self._probed_at = now
        return True
