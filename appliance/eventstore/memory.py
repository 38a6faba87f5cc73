"""What the writer keeps in memory between groups, in layers that fall away when a command or a group does.

Facts and aggregate states are only ever a shortcut past a read. Each command writes into a layer of its own; a
command that succeeds is merged into its group's layer, a group that commits into the store's. A refusal or a lost
group simply drops its layer, so memory can never say what the file does not.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Final, TypeVar

Key = tuple[Hashable, ...]
KeptT = TypeVar("KeptT")
ValueT = TypeVar("ValueT")

KEPT_FACTS = 50_000  # remembered between groups; the oldest fifth goes when it is full
KEPT_STATES = 2_000  # aggregates are larger than facts; orders under way and what is held for them are asked for again
KEPT_VERSIONS = 20_000  # of streams that may go on
ENDED_AT_ONCE = "sale-"  # streams that nearly always are one event: who appends to one again reads its version
PASSING = frozenset({"client_ref"})
"""Kinds of facts that matter within a group only: one a sale, never asked for again, so keeping them is a leak."""


class _Missing:
    """Not known here; look further."""


class _Stale:
    """Changed in a way memory cannot follow: read it again after the group's events are folded."""


MISSING: Final = _Missing()
STALE: Final = _Stale()


class Memory:
    """The store's own layer: what has been committed, bounded."""

    def __init__(self, facts: int = KEPT_FACTS, states: int = KEPT_STATES, versions: int = KEPT_VERSIONS) -> None:
        self.facts: _Bounded[Key, Any] = _Bounded(facts)
        self.states: _Bounded[Key, Any] = _Bounded(states)
        self.versions: _Bounded[str, int] = _Bounded(versions)

    def part(self, key: Key) -> dict[Key, Any]:
        """Where a kind of key is kept."""
        return self.states if key[0] == "stream" else self.facts

    def merge(self, values: dict[Key, Any], streams: Mapping[str, int]) -> None:
        """Take over a committed group's layer and versions; what it marked STALE is forgotten."""
        self.versions.update({name: version for name, version in streams.items() if not name.startswith(ENDED_AT_ONCE)})
        for key, value in values.items():
            if value is STALE:
                self.part(key).pop(key, None)
            elif key[0] not in PASSING:
                self.part(key)[key] = value
        self.facts.trim()
        self.states.trim()
        self.versions.trim()

    def clear(self) -> None:
        """Forget everything: after a lost group only the file knows."""
        self.facts.clear()
        self.states.clear()
        self.versions.clear()


class _Bounded(dict[KeptT, ValueT]):
    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def trim(self) -> None:
        if len(self) > self._limit:
            for key in list(self)[: self._limit // 5]:
                del self[key]


class Layer:
    """A command's view of memory: its own values over its group's over the store's."""

    __slots__ = ("_group", "_memory", "own")

    def __init__(self, group: dict[Key, Any], memory: Memory) -> None:
        self.own: dict[Key, Any] = {}
        self._group = group
        self._memory = memory

    def peek(self, key: Key) -> Any:
        """The value where one is known; MISSING or STALE where it must be read. Two dozen times a sale, so: flat."""
        value = self.own.get(key, MISSING)
        if value is MISSING:
            value = self._group.get(key, MISSING)
            if value is MISSING:
                memory = self._memory
                return (memory.states if key[0] == "stream" else memory.facts).get(key, MISSING)
        return value

    def put(self, key: Key, value: Any) -> None:
        """Set a value that holds once this command commits."""
        self.own[key] = value

    def stale(self, key: Key) -> None:
        """Say that memory cannot follow: the next read folds what is pending and reads the file."""
        self.own[key] = STALE
