"""For how long head office has been without the oldest event that it lacks."""

from __future__ import annotations

import time
from collections.abc import Callable

MOST_MARKS = 64  # of a long time without a line every second one goes: the age stays exact to a thirtieth


class Unsent:
    """Notes now and then how far the log reached; costs a mark a look and nothing a sale. A start begins anew."""

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._marks: list[tuple[int, float]] = []  # (position, when the log ended there); in order

    def seconds(self, head: int, acknowledged: int) -> float:
        """The age of the oldest event that is not acknowledged, or a little more; 0 where all are."""
        now, marks = self._timer(), self._marks
        if acknowledged >= head:
            self._marks = [(head, now)]
            return 0.0
        while len(marks) > 1 and marks[1][0] <= acknowledged:
            del marks[0]
        if not marks or marks[-1][0] < head:
            marks.append((head, now))
        if len(marks) > MOST_MARKS:
            del marks[1::2]
        return now - marks[0][1]
