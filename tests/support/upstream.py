"""Events on their way to head office, as a store sends them: records, chained, in the headers of the contract."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from appliance.domain.events import Event
from appliance.eventstore import codec
from appliance.eventstore.chain import GENESIS, link
from appliance.hq.connection import JetStream
from appliance.hq.resources import Life
from appliance.sync import subjects
from tests.support.every_event import EVERY

SALE = EVERY["sale.completed"]


@dataclass
class Lifeline:
    """A life of a store's log from its base on, without a store: what it would send."""

    life: Life
    digest: bytes = GENESIS
    sent: list[tuple[bytes, bytes, str]] = field(default_factory=list)  # record, hash, type

    @property
    def position(self) -> int:
        return self.life.base + len(self.sent)

    def record(self, *events: Event) -> None:
        """Put events into the log."""
        for event in events:
            position = self.position + 1
            name, _, record = codec.encode_event(
                event,
                position=position,
                incarnation=self.life.incarnation,
                event_id=f"019f0000-0000-7000-8000-{position:012d}",
                stream_id=f"stream-{position}",
                version=1,
                occurred_at="2026-11-22T09:30:00.000000Z",
                recorded_at="2026-11-22T09:30:00.000000Z",
                metadata=msgspec.Raw(b"{}"),
            )
            self.digest = link(self.digest, record)
            self.sent.append((record, self.digest, name))

    async def publish(self, js: JetStream, after: int | None = None) -> None:
        """Send what stands past `after`, with the precondition that makes sequence equal position."""
        first = self.life.base if after is None else after
        for position in range(first + 1, self.position + 1):
            record, digest, name = self.sent[position - self.life.base - 1]
            headers = {
                subjects.EXPECTED_LAST_SEQUENCE: str(position - 1),
                subjects.CE_CHAIN_HASH: digest.hex(),
                subjects.CE_POSITION: str(position),
                subjects.CE_INCARNATION: str(self.life.incarnation),
            }
            subject = subjects.event_subject(self.life.store, name)
            answer = json.loads((await js.client.request(subject, record, headers=headers, timeout=30)).data)
            assert answer.get("seq") == position, answer


def sales(count: int) -> Sequence[Event]:
    """So many sales, all alike."""
    return [SALE] * count
