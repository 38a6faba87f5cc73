"""Reading by a durable consumer that head office made: where it stands, set back, and message after message.

Spoken by hand. The library's fetch loses requests over reconnects and does not say when nothing will come any more;
here the server is asked for a heartbeat, and a consumer that is silent beyond it is given up, with its connection.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeout

from appliance.sync.connection import Session
from appliance.sync.headquarters import ANSWER_SECONDS, NOT_FOUND
from appliance.sync.troubles import HqRefused, HqSilent, NotAllowed, SyncTrouble

BATCH = 32
EXPIRES_SECONDS = 30.0  # how long one request waits at the server; then whoever reads looks at the clock and the rest
HEARTBEAT_SECONDS = 5.0
NANO = 1_000_000_000
RESET_SINCE = (2, 14, 0)
_STATUS = "Status"
_OVER = frozenset({"404", "408"})  # nothing there, or the time is up
_GONE = "consumer deleted"


class ConsumerMissing(SyncTrouble):
    """What the store reads by is not there, or not there any more."""

    code = "hq-consumer-missing"
    title = "Head office has no consumer for this store"
    hint = "At head office run `backroom hq provision` for this store; what waits there then comes by itself."
    pause_seconds = 3.0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a consumer stands."""

    created: str
    pending: int  # messages that it has not delivered yet
    unacknowledged: int
    acknowledged: int  # up to this sequence of the stream
    ack_wait_seconds: float


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message of the stream."""

    subject: str
    sequence: int
    pending: int  # how many come after it
    body: bytes
    headers: dict[str, str]
    reply: str


class DurableConsumer:
    """One consumer over one session."""

    def __init__(self, session: Session, stream: str, name: str) -> None:
        self.stream = stream
        self._session = session
        self._client: Client = session.client
        self._at = f"{stream}.{name}"

    async def standing(self) -> Standing:
        """Where it stands. Raises ConsumerMissing."""
        found = await self._ask(f"$JS.API.CONSUMER.INFO.{self._at}")
        return Standing(
            created=found["created"],
            pending=found["num_pending"],
            unacknowledged=found["num_ack_pending"],
            acknowledged=found["ack_floor"]["stream_seq"],
            ack_wait_seconds=found["config"].get("ack_wait", 0) / NANO,
        )

    @property
    def can_reset(self) -> bool:
        """Whether the server is new enough to let it begin again."""
        return self._session.version >= RESET_SINCE

    async def reset(self, sequence: int) -> int | None:
        """Begin again at a sequence of the stream; how many there are from there on.

        None where the server is older than 2.14 and cannot: the consumer then goes on where it was.
        """
        if not self.can_reset:
            return None
        found = await self._ask(f"$JS.API.CONSUMER.RESET.{self._at}", {"seq": max(1, sequence)})
        pending: int = found["num_pending"]
        return pending

    async def read(self, *, batch: int = BATCH, expires_s: float = EXPIRES_SECONDS) -> AsyncGenerator[Delivered, None]:
        """What comes until `batch` messages have come or the time is up. Raises HqSilent where nobody is there."""
        inbox = self._client.new_inbox()
        waiting = await self._client.subscribe(inbox)
        try:
            beat = min(HEARTBEAT_SECONDS, expires_s / 2)
            request = {"batch": batch, "expires": int(expires_s * NANO), "idle_heartbeat": int(beat * NANO)}
            subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._at}"
            await self._client.publish(subject, json.dumps(request).encode(), reply=inbox)
            for _ in range(batch):
                message = await self._next(waiting, 2 * beat + ANSWER_SECONDS)
                if message is None:
                    return
                yield message
        finally:
            await waiting.unsubscribe()

    async def acknowledge(self, message: Delivered) -> None:
        """Say that it need not come again; where that is lost it comes again and is known."""
        await self._client.publish(message.reply, b"+ACK")

    async def _next(self, waiting: Any, patience_s: float) -> Delivered | None:
        refused = self._session.refused
        while True:
            try:
                message: Msg = await waiting.next_msg(timeout=patience_s)
            except (NatsTimeout, TimeoutError) as error:
                if self._session.refused > refused:
                    raise NotAllowed(f"The server says: {self._session.refusal}.") from error
                raise HqSilent(f"{self.stream}: no message and no heartbeat for {patience_s:g} s.") from error
            status = (message.headers or {}).get(_STATUS)
            if status is None or message.reply.startswith("$JS.ACK."):
                return _delivered(message)
            if status in _OVER:
                return None
            if status != "100":
                raise _ended(self.stream, message)

    async def _ask(self, subject: str, body: Any = None) -> dict[str, Any]:
        refused = self._session.refused
        raw = b"" if body is None else json.dumps(body).encode()
        try:
            message = await self._client.request(subject, raw, timeout=ANSWER_SECONDS)
        except NoRespondersError as error:
            raise HqRefused(f"Nobody answers {subject}.") from error
        except (NatsTimeout, TimeoutError) as error:
            if self._session.refused > refused:
                raise NotAllowed(f"The server says: {self._session.refusal}.") from error
            raise HqSilent(f"{subject}: no answer within {ANSWER_SECONDS:g} s.") from error
        found: dict[str, Any] = json.loads(message.data)
        error_said = found.get("error")
        if error_said is None:
            return found
        if error_said.get("code") == NOT_FOUND:
            raise ConsumerMissing(f"{self._at}: {error_said.get('description')}.")
        raise HqRefused(f"{subject}: {error_said.get('description')}.")


def _ended(stream: str, message: Msg) -> SyncTrouble:
    described = (message.headers or {}).get("Description") or "the request ended"
    if _GONE in described.lower():
        return ConsumerMissing(f"{stream}: {described}.")
    return HqSilent(f"{stream}: {described}.")


def _delivered(message: Msg) -> Delivered:
    """Read the reply: `$JS.ACK.<stream>.<consumer>.<delivered>.<sequence>.<its own>.<time>.<pending>`, or with more."""
    tokens = message.reply.split(".")
    sequence, pending = (tokens[5], tokens[8]) if len(tokens) == 9 else (tokens[7], tokens[10])  # noqa: PLR2004
    return Delivered(message.subject, int(sequence), int(pending), message.data, message.headers or {}, message.reply)
