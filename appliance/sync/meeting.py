"""Where head office's stream and this log stand to each other, found out on every connect and at every doubt.

behind us and equal          go on after its last event (and say so where it once acknowledged more: it lost them)
ahead of us, same chain      we were restored: fetch its tail
another event where ours is  a fork: a new life begins after the last event both have
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from appliance.queries.pool import Pool
from appliance.sync import subjects, upstream_log
from appliance.sync.claim import Life
from appliance.sync.headquarters import Headquarters, StreamState
from appliance.sync.troubles import StreamMissing, StreamWrong


@dataclass(frozen=True, slots=True)
class Resume:
    """Equal up to `at`, which is the last that head office has."""

    at: int
    hollow: str = ""  # what is wrong with the stream before that, in words


@dataclass(frozen=True, slots=True)
class Ahead:
    """Head office has what we have, and goes on to `last`."""

    last: int


@dataclass(frozen=True, slots=True)
class Forked:
    """The last position up to which both logs are the same."""

    common: int


Outcome = Resume | Ahead | Forked


async def meet(hq: Headquarters, pool: Pool, life: Life, head: int) -> tuple[StreamState, Outcome]:
    """Compare. Raises StreamMissing, StreamWrong and whatever asking raises."""
    state = await hq.stream(life.incarnation)
    name = subjects.event_stream(hq.store_id, life.incarnation)
    line = f"backroom hq provision {hq.store_id} --incarnation {life.incarnation} --base {life.base}"
    if state is None:
        raise StreamMissing(f"There is no stream {name}: {line}")
    if state.begins != life.base + 1:
        if state.count:
            return state, Forked(life.base)  # another life went by this number
        detail = f"{name} begins at {state.begins}, this life of the log at {life.base + 1}: {line} --recreate --yes"
        raise StreamWrong(detail)
    if subjects.event_subjects(hq.store_id) not in state.subjects:
        raise StreamWrong(f"{name} takes no more events of this store: it was moved aside for a later life.")
    return state, await _compare(hq, pool, life, head, state)


async def _compare(hq: Headquarters, pool: Pool, life: Life, head: int, state: StreamState) -> Outcome:
    at = min(state.last, head)
    if at > life.base and not await _same(hq, pool, life, at, missing=True):
        return Forked(await last_common(life.base, at - 1, lambda each: _same(hq, pool, life, each, missing=False)))
    return Ahead(state.last) if state.last > head else Resume(max(at, life.base), hollow(life, state))


async def _same(hq: Headquarters, pool: Pool, life: Life, position: int, *, missing: bool) -> bool:
    """Whether both hold the same event there; `missing` is the answer where head office's is gone."""
    held = await hq.held(life.incarnation, position)
    if held is None:
        return missing
    ours = await upstream_log.hash_at(pool, position)
    return held.hash == ours and held.record == await upstream_log.record_at(pool, position)


async def last_common(low: int, high: int, same: Callable[[int], Awaitable[bool]]) -> int:
    """The last position at or after `low` up to which they are the same, by halving: a chain never meets again."""
    while low < high:
        middle = (low + high + 1) // 2
        if await same(middle):
            low = middle
        else:
            high = middle - 1
    return low


def hollow(life: Life, state: StreamState) -> str:
    """What the stream's own account says is missing from it; empty where nothing is."""
    expected = max(0, state.last - life.base)
    if state.count == expected and not state.deleted:
        return ""
    first = f", the first of them {state.first} instead of {life.base + 1}" if state.first != life.base + 1 else ""
    return f"It ends at {state.last} and holds {state.count} of {expected} events{first}; {state.deleted} were deleted."
