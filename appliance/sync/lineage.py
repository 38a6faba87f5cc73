"""How a store's whole log lies at head office: a stream a life, each going on from an event of an earlier one.

A life need not go on from the end of the one before it: after a fork it begins further back, and what the former one
sold past that point is no part of the log that goes on. Which life it left is proven by the hash chain, not by numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.eventstore.chain import GENESIS, link
from appliance.sync import subjects
from appliance.sync.headquarters import Headquarters, Held, StreamState
from appliance.sync.troubles import NoPast, PastUnusable

LIVES_LOOKED_FOR = 8  # without a stream, after the last that has one; a store may ask for as many


@dataclass(frozen=True, slots=True)
class Segment:
    """The part of the log that one life's stream holds: positions `first` to `last`."""

    incarnation: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Past:
    """All of a store's log that head office has, oldest first, and the latest life that is known there."""

    segments: tuple[Segment, ...]
    incarnation: int

    @property
    def last(self) -> int:
        """Its last position."""
        return self.segments[-1].last


async def past_of(hq: Headquarters) -> Past:
    """Where the log is found, event for event. Raises NoPast, PastUnusable and whatever asking raises."""
    lives = await _lives(hq)
    written = [number for number, state in lives.items() if state.count]
    if not written:
        raise NoPast(f"There is no stream with events of {hq.store_id}.")
    found = [_segment(hq, max(written), lives, lives[max(written)].last)]
    while found[0].first > 1:
        parent = await _parent(hq, found[0], lives)
        found.insert(0, _segment(hq, parent, lives, found[0].first - 1))
    await _see_that_it_begins(hq, found[0])
    return Past(tuple(found), max(lives))


async def _lives(hq: Headquarters) -> dict[int, StreamState]:
    """Every life that has a stream; numbers may be missing, where a life ended before it got one."""
    found: dict[int, StreamState] = {}
    number = 1
    while number <= max(found, default=0) + LIVES_LOOKED_FOR:
        state = await hq.stream(number)
        if state is not None:
            found[number] = state
        number += 1
    return found


def _segment(hq: Headquarters, number: int, lives: Mapping[int, StreamState], last: int) -> Segment:
    state = lives[number]
    if state.deleted or state.first != state.begins or state.count != state.last - state.begins + 1:
        name = subjects.event_stream(hq.store_id, number)
        detail = f"{name} has holes: of {state.last - state.begins + 1} events it holds {state.count}."
        raise PastUnusable(detail)
    return Segment(number, state.begins, last)


async def _parent(hq: Headquarters, child: Segment, lives: Mapping[int, StreamState]) -> int:
    """The life that this one left: whose event before it the chain of its first one continues."""
    base = child.first - 1
    first = await _held(hq, child.incarnation, child.first)
    for number in sorted((each for each in lives if each < child.incarnation), reverse=True):
        state = lives[number]
        if state.count and state.begins <= base <= state.last:
            before = await _held(hq, number, base)
            if link(bytes.fromhex(before.hash), first.record).hex() == first.hash:
                return number
    detail = f"Life {child.incarnation} goes on from position {base}, and no earlier life has that event here."
    raise PastUnusable(detail)


async def _see_that_it_begins(hq: Headquarters, oldest: Segment) -> None:
    first = await _held(hq, oldest.incarnation, oldest.first)
    if link(GENESIS, first.record).hex() != first.hash:
        raise PastUnusable(f"The first event of life {oldest.incarnation} does not begin a log.")


async def _held(hq: Headquarters, number: int, position: int) -> Held:
    held = await hq.held(number, position)
    if held is None:
        raise PastUnusable(f"{subjects.event_stream(hq.store_id, number)} has no event at position {position}.")
    return held
