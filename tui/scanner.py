"""Telling a barcode scanner from fingers: both are keyboards.

A scanner types a code in a burst and ends it with Enter; a terminal may also hand it over as a paste. Single letters
and digits are bound to nothing that changes data, so a scan can do no harm; this turns it into one message.
"""

from __future__ import annotations

from dataclasses import dataclass, field

SHORTEST = 4  # characters; the shortest label there is, and longer than what somebody types within a burst
GAP_SECONDS = 0.12  # scanners need 8 ms a key, now and then 16; over SSH bursts are stretched
LONGEST = 128


@dataclass(slots=True)
class ScanBuffer:
    """Collects printable keys; `enter` answers the code where they were a burst. Times are monotonic seconds."""

    gap_s: float = GAP_SECONDS
    _letters: list[str] = field(default_factory=list)
    _last: float = 0.0

    def key(self, letter: str, now: float) -> bool:
        """Take a printable key; answers whether it belongs to a burst, so that nobody else should act on it."""
        if now - self._last > self.gap_s or len(self._letters) >= LONGEST:
            self._letters.clear()
        self._letters.append(letter)
        self._last = now
        return len(self._letters) > 1

    def enter(self, now: float) -> str | None:
        """The code that Enter ended, or None where it was somebody's Enter."""
        code = "".join(self._letters)
        burst = now - self._last <= self.gap_s and len(code) >= SHORTEST
        self._letters.clear()
        return code.strip() or None if burst else None


def pasted(text: str) -> str | None:
    """The code in a paste: its first line, where that is short enough to be one."""
    line = text.strip().splitlines()[0].strip() if text.strip() else ""
    return line if SHORTEST <= len(line) <= LONGEST else None
