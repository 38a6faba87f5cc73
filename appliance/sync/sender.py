"""Two ways to send events, each conditional on the one before: atomic batches for a backlog, a pipeline for the rest.

A batch is stored whole or not at all, with one sync of the disk where head office syncs always; a server without
batches gets a pipeline, whose every message carries the same precondition, and is asked for an answer now and then.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from appliance.queries.pool import Row
from appliance.sync import subjects
from appliance.sync.acks import Acks
from appliance.sync.connection import Session, message
from appliance.sync.envelope import Envelopes, Outgoing, header
from appliance.sync.pace import Pace

LEAST_BATCH = 16  # fewer are as fast one by one, and need no staging at head office
MOST_IN_BATCH = 1_000  # what the server allows
ASK_EVERY = 64
WINDOW = 1_000  # events under way behind the page that is being sent: a batch, or as many in the pipeline
BREATH = 16  # events handed over together, and between two looks at the time


class Sender:
    """Sends pages of one life's log over one session; raises nothing of its own, `acks` does."""

    def __init__(
        self, session: Session, acks: Acks, envelopes: Envelopes, stream: str, pace: Pace, *, atomic: bool
    ) -> None:
        self._send = session.send
        self._acks = acks
        self._envelopes = envelopes
        self._stream = header(subjects.EXPECTED_STREAM, stream)
        self._pace = pace
        self._atomic = atomic

    async def send(self, rows: Sequence[Row]) -> None:
        """Send a page; returns when it is on its way and not too much else is."""
        if self._atomic and len(rows) >= LEAST_BATCH:
            await self._batch(rows[:MOST_IN_BATCH])
        else:
            await self._pipeline(rows)
        await self._acks.within(WINDOW)

    async def _batch(self, rows: Sequence[Row]) -> None:
        batch, last = header(subjects.BATCH_ID, secrets.token_hex(16)), len(rows)
        lump: list[bytes] = []
        for number, row in enumerate(rows, 1):
            event = self._envelopes.of(row)
            head, reply = event.head + batch + header(subjects.BATCH_SEQUENCE, number), b""
            if number == 1:
                head += self._expected(event)
            if number == last:
                head += header(subjects.BATCH_COMMIT, 1)
                reply = self._acks.reply(event.position)
                self._acks.note_sent(event.position)
            lump.append(message(event.subject, head, event.body, reply))
            if number % BREATH == 0 or number == last:
                await self._send(lump)
                lump = []
                await self._pace.breathe()

    async def _pipeline(self, rows: Sequence[Row]) -> None:
        last = len(rows)
        lump: list[bytes] = []
        for number, row in enumerate(rows, 1):
            event = self._envelopes.of(row)
            # The first as well: where head office has no room, every later one is only told that it does not follow.
            asks = number in (1, last) or event.position % ASK_EVERY == 0
            self._acks.note_sent(event.position)
            reply = self._acks.reply(event.position) if asks else b""
            lump.append(message(event.subject, event.head + self._expected(event), event.body, reply))
            if number % BREATH == 0 or number == last:
                self._acks.check()
                await self._send(lump)
                lump = []
                await self._pace.breathe()

    def _expected(self, event: Outgoing) -> bytes:
        """Lets the server refuse it unless it follows the event before it."""
        return self._stream + header(subjects.EXPECTED_LAST_SEQUENCE, event.position - 1)
