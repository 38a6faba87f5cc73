"""Why a room reads anew: because of everything, or because of what some kinds of events are about."""

from __future__ import annotations

from collections.abc import Set as AbstractSet


class Reasons:
    """Collects reasons while a reading is under way; what failed to be read stays one, and then it is everything."""

    def __init__(self) -> None:
        self._whole = True
        self._heard: frozenset[str] = frozenset()
        self._now: frozenset[str] | None = None

    def add(self, kinds: AbstractSet[str] | None) -> None:
        """Kinds of events, or None for everything."""
        self._whole = self._whole or kinds is None
        self._heard |= kinds or frozenset()

    def begin(self) -> None:
        """A reading begins for all reasons there are so far."""
        self._now = None if self._whole else self._heard
        self._whole, self._heard = False, frozenset()

    def concern(self, *beginnings: str) -> bool:
        """Whether the reading under way is about kinds of events that begin so."""
        return self._now is None or any(kind.startswith(beginnings) for kind in self._now)
