"""How long a store can go on trading if nobody and nothing comes to its help, and what ends it first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

LONGEST_DAYS = 3650.0  # what is further off than this is said to be this far off
LEAST_MEASURED_DAYS = 1 / 24  # growth over less says nothing
KEPT_FOR_SALES = 64 << 20  # bytes: with less a checkpoint may not fit


@dataclass(frozen=True, slots=True)
class Limit:
    """One thing that runs out."""

    reason: str
    days: float


@dataclass(frozen=True, slots=True)
class Growth:
    """The disk's, between two looks."""

    bytes: int
    days: float

    def until_full(self, free: int) -> float:
        """Days until what is free is used up but for what sales need; a disk that does not fill never is."""
        room = free - KEPT_FOR_SALES
        if room <= 0:
            return 0.0
        if self.days < LEAST_MEASURED_DAYS or self.bytes <= 0:
            return math.inf
        return room / (self.bytes / self.days)


@dataclass(slots=True)
class Watch:
    """What one look leaves for the next: the disk then, and since when each problem has been there."""

    began: tuple[float, int] | None = None  # (seconds of the machine's running time, bytes in use)
    since: dict[str, str] = field(default_factory=dict)

    def growth(self, now_s: float, used: int) -> Growth:
        """The disk's growth since the first look."""
        if self.began is None:
            self.began = (now_s, used)
        then, before = self.began
        return Growth(used - before, (now_s - then) / 86_400)

    def seen(self, found: Iterable[str], now: str) -> Mapping[str, str]:
        """Since when each of these has been there; what is not there any more begins anew when it comes back."""
        self.since = {each: self.since.get(each, now) for each in found}
        return self.since


def left(age_s: float, allowed_s: float) -> float:
    """Days until something of that age is older than it may be."""
    return max(0.0, (allowed_s - age_s) / 86_400)


def shortest(limits: Iterable[Limit]) -> Limit:
    """What ends first; days are bounded and never negative."""
    found = min(limits, key=lambda each: each.days, default=Limit("nothing", LONGEST_DAYS))
    return Limit(found.reason, min(max(found.days, 0.0), LONGEST_DAYS))
