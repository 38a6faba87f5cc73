"""Whether head office's stream equals this log, as far as a store can tell without reading all of it back.

The chain makes little enough: where the last event and its hash are the same, all before it were, when it was sent;
first sequence, count and deleted say that none is missing; and a sample of events is held against ours byte for byte.
`backroom hq compare` at head office reads every one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.queries.pool import Pool
from appliance.sync import subjects, upstream_log
from appliance.sync.claim import Life
from appliance.sync.headquarters import Headquarters
from appliance.sync.meeting import hollow

SAMPLED = 100


@dataclass(slots=True)
class Comparison:
    """What was found; equal up to `up_to` where there are no problems."""

    stream: str
    up_to: int
    behind: int
    sampled: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not self.problems


async def compare(hq: Headquarters, pool: Pool, life: Life, head: int) -> Comparison:
    """Compare now. Raises SyncTrouble."""
    name = subjects.event_stream(hq.store_id, life.incarnation)
    state = await hq.stream(life.incarnation)
    if state is None:
        return Comparison(name, life.base, head - life.base, problems=["Head office has no such stream."])
    found = Comparison(name, min(state.last, head), max(0, head - state.last))
    if state.begins != life.base + 1:
        found.problems.append(f"It begins at {state.begins}; this life of the log begins at {life.base + 1}.")
    if state.last > head:
        found.problems.append(f"It ends at {state.last}, but this log at {head}.")
    missing = hollow(life, state)
    if missing:
        found.problems.append(missing)
    for position in sample(life.base + 1, found.up_to):
        found.sampled += 1
        found.problems += await _differs(hq, pool, life, position)
    return found


async def _differs(hq: Headquarters, pool: Pool, life: Life, position: int) -> list[str]:
    held = await hq.held(life.incarnation, position)
    if held is None:
        return [f"Event {position} is missing at head office."]
    if held.record != await upstream_log.record_at(pool, position):
        return [f"Event {position} is another one at head office."]
    if held.hash != await upstream_log.hash_at(pool, position):
        return [f"The chain hash at {position} is another one at head office."]
    return []


def sample(first: int, last: int, most: int = SAMPLED) -> list[int]:
    """The last position, the first, and so many evenly between."""
    if last < first:
        return []
    steps = min(most, last - first + 1)
    return sorted({last, *(first + (last - first) * step // steps for step in range(steps))})
