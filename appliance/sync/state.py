"""What the sync is doing now, as one value that the parts write and that people, metrics and health read."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from appliance.sync.troubles import Doubt, SyncTrouble

RATE_SECONDS = 10.0  # the rate is what was acknowledged in this time
RATE_STEP_SECONDS = 0.25


class Rate:
    """Events acknowledged a second, of late."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._marks: deque[tuple[float, int]] = deque()

    def mark(self, position: int) -> None:
        """So far is acknowledged now."""
        now = self._clock()
        if not self._marks or now - self._marks[-1][0] >= RATE_STEP_SECONDS:
            self._marks.append((now, position))
        while len(self._marks) > 1 and now - self._marks[0][0] > RATE_SECONDS:
            self._marks.popleft()

    def now(self, position: int) -> float:
        """Events a second since the oldest mark that counts; 0 where nothing has been acknowledged lately."""
        now = self._clock()
        while self._marks and now - self._marks[0][0] > RATE_SECONDS:
            self._marks.popleft()
        if not self._marks or now - self._marks[0][0] < RATE_STEP_SECONDS:
            return 0.0
        began, first = self._marks[0]
        return max(0, position - first) / (now - began)

    def restart(self) -> None:
        """Forget what was: the position has gone back, or a new life has begun."""
        self._marks.clear()


@dataclass(slots=True)
class SyncState:
    """Positions, what is wrong, and how it goes."""

    connected: bool = False
    server: str = ""
    incarnation: int = 1
    acknowledged: int = 0
    compared: bool = False  # whether head office's position is known, and not only what it once acknowledged
    batches: bool = False
    claim: str = "unknown"
    paused: bool = False
    refused: int = 0
    refusal: str = ""
    connections: int = 0
    trouble: SyncTrouble | None = None
    rate: Rate = field(default_factory=Rate)

    def heard(self, trouble: SyncTrouble | None) -> None:
        """Take note of a trouble, or that there is none any more; a doubt is looked into at once and worries nobody."""
        if not isinstance(trouble, Doubt):
            self.trouble = trouble

    def told(self, position: int) -> None:
        """Head office has everything up to here."""
        self.acknowledged = position
        self.rate.mark(position)
