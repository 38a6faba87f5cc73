"""Proving that a store equals head office up to a position: the same bytes, the same chain, the same days.

Both logs are read whole and hashed from their first byte on, side by side. For each life the stream must begin right
after its base, hold every position, and have lost none; what a former life sold past the base of the next is a tail
that head office keeps, and no fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import msgspec

from appliance.application.ports import Recorded
from appliance.eventstore import codec
from appliance.eventstore.chain import GENESIS, link
from appliance.hq import reading
from appliance.hq.connection import JetStream
from appliance.hq.failures import NotProvisioned
from appliance.hq.reading import Arrived, Held
from appliance.hq.store_side import Days, StoreSide
from appliance.projections.day_totals import sums_of

Progress = Callable[[float], None]
SIGNS = {"sales": 1, "refunds": -1, "voids": -1}


@dataclass(frozen=True, slots=True)
class Segment:
    """What of one life is compared, and what of it lies beyond."""

    held: Held
    until: int

    @property
    def tail(self) -> int:
        """How many events head office keeps past the point at which the next life began."""
        return max(0, self.held.last - self.until)


@dataclass(slots=True)
class Comparison:
    """What came of it."""

    store: str
    head: int  # where the store's log ended
    until: int  # up to where they were compared
    first: int = 1  # the first position that head office holds
    count: int = 0
    digest: bytes = GENESIS
    segments: list[Segment] = field(default_factory=list)
    days: dict[str, tuple[int, int]] = field(default_factory=dict)  # as head office's events come to
    own_days: Days | None = None  # as the store's reports say; None where they are of another moment
    problems: list[str] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        """Whether nothing was otherwise."""
        return not self.problems

    @property
    def behind(self) -> int:
        """How many events head office does not have yet."""
        return self.head - self.until


async def compare(
    jetstream: JetStream, store: str, side: StoreSide, until: int | None = None, progress: Progress = lambda _: None
) -> Comparison:
    """Compare up to `until`, or as far as both go. Raises NotProvisioned where head office knows no life of it."""
    lives = reading.of_store(await reading.held(jetstream), store)
    if not lives:
        raise NotProvisioned(f"The server has no stream of {store}.")
    view = await side.view()
    both = min(view.head, lives[-1].last)
    found = Comparison(store, view.head, both if until is None else min(until, both))
    if until is not None and until > both:
        found.problems.append(
            f"position {until} was asked for; the store ends at {view.head}, head office at {lives[-1].last}"
        )
    found.segments = _segments(lives, found.until)
    _judge_streams(found)
    await _walk(jetstream, side, found, progress)
    _judge_days(found, view.days if view.head == found.until else None)
    return found


def _segments(lives: Sequence[Held], until: int) -> list[Segment]:
    bounds = [min(following.life.base, until) for _, following in pairwise(lives)]
    return [Segment(held, end) for held, end in zip(lives, [*bounds, until], strict=True)]


def _judge_streams(found: Comparison) -> None:
    """What the server says of its streams: where they begin, how many events they hold, whether any was deleted."""
    found.first = found.segments[0].held.life.base + 1
    if found.first > 1:
        found.problems.append(f"head office holds nothing before position {found.first}")
    for segment in found.segments:
        state, life = segment.held.state, segment.held.life
        if segment.until <= life.base:
            continue
        if state["first_seq"] != life.base + 1:
            found.problems.append(f"{life.stream} begins at {state['first_seq']} and not at {life.base + 1}")
        if state.get("num_deleted") or state["messages"] != state["last_seq"] - state["first_seq"] + 1:
            found.problems.append(f"{life.stream} is hollow: events in it were deleted")
        if state["last_seq"] < segment.until:
            found.problems.append(
                f"{life.stream} ends at {state['last_seq']}; the store's log of it at {segment.until}"
            )
        found.count += segment.until - life.base


async def _walk(jetstream: JetStream, side: StoreSide, found: Comparison, progress: Progress) -> None:
    """Read both, from the first position on, until one byte is otherwise."""
    position, own, theirs = 0, GENESIS, GENESIS
    async for page in side.records(0, found.until):
        held = await _held(jetstream, found.segments, position, position + len(page))
        for record in page:
            position += 1
            own = link(own, record)
            arrived = held.get(position)
            theirs = link(theirs, arrived.record) if arrived else theirs
            said = _otherwise(position, own, theirs, arrived, record)
            if said:
                found.problems.append(said)
                return
        _add_days(found.days, [each.record for each in held.values()])
        found.digest = own
        progress(position / max(found.until, 1))
    if position < found.until:
        found.problems.append(f"the store's log ended at {position} while it was read")


def _otherwise(position: int, own: bytes, theirs: bytes, arrived: Arrived | None, record: bytes) -> str | None:
    if arrived is None:
        return f"position {position} is missing at head office"
    if arrived.record != record:
        return f"position {position} is another event at head office: the logs fork here"
    if own != theirs or arrived.digest != own.hex():
        return f"position {position} has another chain hash at head office"
    return None


async def _held(jetstream: JetStream, segments: Iterable[Segment], after: int, until: int) -> dict[int, Arrived]:
    """Head office's events of these positions, each from the life that it belongs to."""
    found: dict[int, Arrived] = {}
    for segment in segments:
        first, last = max(after, segment.held.life.base), min(until, segment.until)
        if first < last:
            async for batch in reading.events(jetstream, segment.held.life.stream, first, last):
                found |= {each.sequence: each for each in batch if each.sequence <= last}
    return found


def _add_days(days: dict[str, tuple[int, int]], records: Iterable[bytes]) -> None:
    for date, section, _, count, amount, _ in sums_of(_decoded(records)):
        sign = SIGNS.get(str(section))
        if sign is not None:
            sales, total = days.get(str(date), (0, 0))
            days[str(date)] = (sales + (int(str(count)) if section == "sales" else 0), total + sign * int(str(amount)))


def _decoded(records: Iterable[bytes]) -> Iterable[Recorded]:
    for record in records:
        try:
            yield codec.decode(record)
        except (codec.UnknownEvent, msgspec.DecodeError):
            continue


def _judge_days(found: Comparison, own: Days | None) -> None:
    found.own_days = own
    if own is None or found.problems:
        return
    for date in sorted({*own, *found.days}):
        if own.get(date) != found.days.get(date):
            found.problems.append(
                f"{date}: the store's report says {own.get(date)}, head office's events {found.days.get(date)}"
            )
