"""What head office has acknowledged: one inbox for all answers, and a deadline of our own for silence.

Every event is conditional on the one before it, so an acknowledgement of n stands for all up to n. The library's own
asynchronous publish keeps a future for each message, and one that the server refuses is never resolved.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import msgspec
from nats.aio.subscription import Subscription

from appliance.sync.connection import Session
from appliance.sync.headquarters import refusal
from appliance.sync.troubles import HqSilent, NoJetStream, NotAllowed, SyncTrouble

LOOK_SECONDS = 0.5  # between two looks at what brings no news: a refusal, or silence
SILENT_SECONDS = 8.0  # without any acknowledgement of what was sent: the link is taken for dead


class _Answer(msgspec.Struct, gc=False):
    seq: int = 0
    error: dict[str, Any] | None = None


_read = msgspec.json.Decoder(_Answer).decode


class Acks:
    """Follows the acknowledgements of one session; a context manager around all sending in it."""

    def __init__(self, session: Session, at: int, told: Callable[[int], None], news: asyncio.Event) -> None:
        self.acknowledged = at
        self.sent = at
        self.trouble: SyncTrouble | None = None
        self.inbox = session.client.new_inbox()
        self._session = session
        self._told = told
        self._refused = session.refused
        self._heard_at = time.monotonic()
        self._news = news
        self._subscription: Subscription | None = None

    async def __aenter__(self) -> Self:
        self._subscription = await self._session.client.subscribe(f"{self.inbox}.*", cb=self._answered)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._subscription is not None and self._session.client.is_connected:
            await self._subscription.unsubscribe()

    def reply(self, position: int) -> bytes:
        """Where the answer to this position is to go."""
        return f"{self.inbox}.{position}".encode()

    def note_sent(self, position: int) -> None:
        """Everything up to here is on its way."""
        if self.sent <= self.acknowledged:
            self._heard_at = time.monotonic()  # nothing was owed until now
        self.sent = position

    async def within(self, window: int) -> None:
        """Return when at most `window` events are under way. Raises what went wrong, silence included."""
        while True:
            self.check()
            if self.sent - self.acknowledged <= window:
                return
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), LOOK_SECONDS)

    def check(self) -> None:
        """Raise what has gone wrong since the session began to send."""
        if self.trouble is not None:
            raise self.trouble
        if self._session.refused > self._refused:
            raise NotAllowed(f"The server says: {self._session.refusal}.")
        if self.sent > self.acknowledged and time.monotonic() - self._heard_at > SILENT_SECONDS:
            raise HqSilent(f"{self.sent - self.acknowledged} event(s) were sent and not acknowledged.")

    async def _answered(self, message: Any) -> None:
        self._heard_at = time.monotonic()
        if not message.data:
            self.trouble = NoJetStream("Nobody takes this store's events: the stream is gone.")
        else:
            answer = _read(message.data)
            if answer.error is not None:
                self.trouble = self.trouble or refusal(answer.error)
            elif answer.seq > self.acknowledged:
                self.acknowledged = answer.seq
                self._told(answer.seq)
        self._news.set()
