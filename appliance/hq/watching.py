"""How all stores stand, seen from head office: what it holds, what a store says of itself, and what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from nats.errors import Error as NatsError

from appliance.hq import reading
from appliance.hq.connection import JetStream
from appliance.hq.folder import Folder
from appliance.hq.provision import together
from appliance.hq.reading import Held
from appliance.sync import subjects

ANSWER_SECONDS = 1.0
SALE = "sale.completed"


@dataclass(slots=True)
class Seen:
    """One store."""

    store: str
    incarnation: int = 0
    at_head_office: int = 0  # the last position of the present life that head office holds
    last_event: str | None = None  # when the last one came
    last_sale: str | None = None
    online: bool = False  # whether the store answers
    position: int | None = None  # where its log ends, by its own word
    drained_in_seconds: float | None = None
    alarms: list[str] = field(default_factory=list)

    @property
    def lag(self) -> int | None:
        """How many events head office does not have; None where the store does not answer."""
        return None if self.position is None else max(0, self.position - self.at_head_office)

    def as_data(self) -> dict[str, Any]:
        """For programs."""
        return {**asdict(self), "lag": self.lag}


class Watch:
    """Looks at all stores of the folder."""

    def __init__(self, jetstream: JetStream, folder: Folder) -> None:
        self._js = jetstream
        self._folder = folder

    async def look(self, stores: Iterable[str] = ()) -> list[Seen]:
        """All that there is to see now, by store."""
        lives = await reading.held(self._js)
        found = [self._held(store, reading.of_store(lives, store)) for store in sorted(stores or self._folder.stores)]
        await together([each for seen in found for each in self._questions(seen)])
        return found

    def _held(self, store: str, lives: Sequence[Held]) -> Seen:
        seen = Seen(store)
        known = self._folder.stores.get(store)
        if not lives:
            seen.alarms.append("head office has no stream of it: backroom hq provision")
            return seen
        living = lives[-1]
        seen.incarnation, seen.at_head_office = living.life.incarnation, living.last
        if living.state["messages"]:
            seen.last_event = living.state["last_ts"]
        if known is not None and known.incarnation != living.life.incarnation:
            seen.alarms.append(f"the folder says incarnation {known.incarnation}: backroom hq provision --check")
        seen.alarms += [alarm for each in lives for alarm in _hollow(each)]
        return seen

    def _questions(self, seen: Seen) -> list[Any]:
        return [partial(self._ask_the_store, seen), partial(self._last_sale, seen)]

    async def _ask_the_store(self, seen: Seen) -> None:
        try:
            answer = await self._js.client.request(subjects.health_subject(seen.store), b"", timeout=ANSWER_SECONDS)
            said = json.loads(answer.data)
        except (NatsError, TimeoutError, ValueError):
            return  # off line, or nobody yet: its position is not known, and that shows
        seen.online = True
        seen.position, seen.drained_in_seconds = said.get("position"), said.get("drained_in_seconds")
        seen.alarms += _said_of_itself(seen, said)

    async def _last_sale(self, seen: Seen) -> None:
        if not seen.at_head_office:
            return
        stream = subjects.event_stream(seen.store, seen.incarnation)
        asked = f"$JS.API.DIRECT.GET.{stream}.{subjects.event_subject(seen.store, SALE)}"
        try:
            answer = await self._js.client.request(asked, b"", timeout=ANSWER_SECONDS)
        except (NatsError, TimeoutError):
            return
        seen.last_sale = (answer.headers or {}).get("ce-time")


def _hollow(held: Held) -> list[str]:
    state, name = held.state, held.life.stream
    if state.get("num_deleted"):
        return [f"{name} is hollow: {state['num_deleted']} event(s) were deleted"]
    if state["messages"] and state["first_seq"] != held.life.base + 1:
        return [f"{name} begins at {state['first_seq']} and not at {held.life.base + 1}"]
    return []


def _said_of_itself(seen: Seen, said: dict[str, Any]) -> list[str]:
    alarms = []
    if said.get("incarnation", seen.incarnation) != seen.incarnation:
        alarms.append(f"it is at incarnation {said['incarnation']}, which has no stream: backroom hq provision")
    troubles = (said.get("trouble"), *((said.get("down") or {}).get("troubles") or ()))
    alarms += [f"{each.get('title')}: {each.get('detail')}" for each in troubles if each]
    if said.get("paused"):
        alarms.append("its sending is paused")
    return alarms


def seconds_since(moment: str | None, now: datetime) -> float | None:
    """How long ago that was; None where it never was."""
    if moment is None:
        return None
    whole, _, fraction = moment.rstrip("Z").partition(".")
    then = datetime.fromisoformat(f"{whole}.{(fraction or '0')[:6].ljust(6, '0')}+00:00")
    return max(0.0, (now - then).total_seconds())
