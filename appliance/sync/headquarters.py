"""What a store asks of head office's server about its own stream and claim, spoken in plain JSON.

Everything goes out under the store's own names only; whatever the server says no to is a SyncTrouble.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeout

from appliance.sync import subjects
from appliance.sync.connection import Session
from appliance.sync.troubles import (
    Doubt,
    HqFull,
    HqRefused,
    HqSilent,
    NoJetStream,
    NotAllowed,
    StreamMissing,
    SyncTrouble,
)

ANSWER_SECONDS = 5.0
TAIL_AT_ONCE = 500  # messages asked for in one request
TAIL_BYTES = 4 << 20
MANY_SINCE = (2, 11, 0)  # an older server takes a request for many for one for the first of them

NOT_FOUND = 404
WRONG_LAST_SEQUENCE = 10071
_DOUBTFUL = frozenset({WRONG_LAST_SEQUENCE, 10060})  # the latter: another stream listens on our subject
_NO_JETSTREAM = frozenset({10039, 10076})  # not enabled for the account, or not at all
_FULL = frozenset({10023, 10047, 10028, 10002, 10122, 10077})  # of memory, storage, or what the account may have


@dataclass(frozen=True, slots=True)
class StreamState:
    """A stream as the server describes it."""

    first: int
    last: int
    count: int
    deleted: int
    begins: int  # the sequence it was made to begin with
    atomic: bool
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """An event as head office holds it."""

    position: int
    record: bytes
    hash: str  # hex; what the header says


@dataclass(frozen=True, slots=True)
class Entry:
    """The value of a key, and the revision it must still have for us to change it; 0 where there is none."""

    value: bytes
    revision: int
    gone: bool = False  # deleted, or never there


class Headquarters:
    """One session's way to ask."""

    def __init__(self, session: Session, store_id: str) -> None:
        self.session = session
        self.store_id = store_id
        self._client = session.client

    # --- the stream -------------------------------------------------------------------------------------------

    async def stream(self, incarnation: int) -> StreamState | None:
        """The stream of one life; None where there is none."""
        name = subjects.event_stream(self.store_id, incarnation)
        answer = await self._api(f"$JS.API.STREAM.INFO.{name}")
        if answer is None:
            return None
        state, config = answer["state"], answer["config"]
        return StreamState(
            first=state["first_seq"],
            last=state["last_seq"],
            count=state["messages"],
            deleted=state.get("num_deleted", 0),
            begins=config.get("first_seq", 1) or 1,
            atomic=bool(config.get("allow_atomic")),
            subjects=tuple(config.get("subjects", ())),
        )

    async def held(self, incarnation: int, position: int) -> Held | None:
        """The event at a position, as head office holds it; None where it holds none."""
        name = subjects.event_stream(self.store_id, incarnation)
        try:
            message = await self._request(f"$JS.API.DIRECT.GET.{name}", {"seq": position})
        except NoRespondersError as error:
            raise Doubt(f"Nobody answers for {name} any more.") from error
        headers = message.headers or {}
        if headers.get("Status") == str(NOT_FOUND):
            return None
        return _held(message.data, headers)

    async def tail(self, incarnation: int, after: int) -> list[Held]:
        """Some of the events after a position, in order; none where there are no more."""
        if self.session.version < MANY_SINCE:
            return await self._one_by_one(incarnation, after)
        name = subjects.event_stream(self.store_id, incarnation)
        inbox = self._client.new_inbox()
        waiting = await self._client.subscribe(inbox)
        body = {"seq": after + 1, "batch": TAIL_AT_ONCE, "max_bytes": TAIL_BYTES}
        found: list[Held] = []
        try:
            await self._client.publish(f"$JS.API.DIRECT.GET.{name}", json.dumps(body).encode(), reply=inbox)
            while True:
                message = await waiting.next_msg(timeout=ANSWER_SECONDS)
                headers = message.headers or {}
                if "Status" in headers:  # 204: the batch is whole; 404: there is nothing after
                    return found
                found.append(_held(message.data, headers))
        except (NatsTimeout, TimeoutError) as error:
            raise self._unanswered(f"{name} after {after}") from error
        finally:
            await waiting.unsubscribe()

    async def _one_by_one(self, incarnation: int, after: int) -> list[Held]:
        """The same of a server that answers with one at a time."""
        found: list[Held] = []
        while len(found) < TAIL_AT_ONCE and (held := await self.held(incarnation, after + 1 + len(found))):
            found.append(held)
        return found

    # --- a key of a bucket ------------------------------------------------------------------------------------

    async def entry(self, bucket: str, key: str) -> Entry:
        """The value of a key and its revision."""
        subject = subjects.bucket_subject(bucket, key)
        try:
            message = await self._request(f"$JS.API.DIRECT.GET.{subjects.bucket_stream(bucket)}.{subject}", None)
        except NoRespondersError as error:
            await self.stream(1)  # which says so where it is JetStream that is not there
            raise StreamMissing(f"There is no bucket {bucket}: backroom hq provision {self.store_id}") from error
        headers = message.headers or {}
        if headers.get("Status") == str(NOT_FOUND):
            return Entry(b"", 0, gone=True)
        gone = "KV-Operation" in headers
        return Entry(b"" if gone else message.data, int(headers["Nats-Sequence"]), gone)

    async def put(self, bucket: str, key: str, value: bytes, revision: int) -> int:
        """Set a key if it still has this revision; answers the new one. Raises Doubt where it has not."""
        subject = subjects.bucket_subject(bucket, key)
        headers = {"Nats-Expected-Last-Subject-Sequence": str(revision)}
        message = await self._publish(subject, value, headers)
        return int(message["seq"])

    async def send(self, subject: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Publish and wait until the server has it."""
        await self._publish(subject, body, headers)

    async def _publish(self, subject: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        try:
            message = await self._client.request(subject, body, timeout=ANSWER_SECONDS, headers=dict(headers))
        except NoRespondersError as error:
            raise NoJetStream(f"Nobody takes what is sent to {subject}.") from error
        except (NatsTimeout, TimeoutError) as error:
            raise self._unanswered(subject) from error
        answer: dict[str, Any] = json.loads(message.data)
        if "error" in answer:
            raise refusal(answer["error"])
        return answer

    # --- asking -----------------------------------------------------------------------------------------------

    async def _api(self, subject: str) -> dict[str, Any] | None:
        try:
            message = await self._request(subject, None)
        except NoRespondersError as error:
            raise NoJetStream("Nobody answers for JetStream in this account.") from error
        answer: dict[str, Any] = json.loads(message.data)
        wrong = answer.get("error")
        if wrong is None:
            return answer
        if wrong.get("code") == NOT_FOUND:
            return None
        raise refusal(wrong)

    async def _request(self, subject: str, body: Any) -> Any:
        raw = b"" if body is None else json.dumps(body).encode()
        refused = self.session.refused
        try:
            asking = asyncio.ensure_future(self._client.request(subject, raw, timeout=ANSWER_SECONDS))
            while not asking.done() and self.session.refused == refused:  # a refusal is no answer, only an error
                await asyncio.wait([asking], timeout=0.05)
            if not asking.done():
                asking.cancel()
                await asyncio.wait([asking])
                raise self._unanswered(subject, refused)
            return asking.result()
        except (NatsTimeout, TimeoutError) as error:
            raise self._unanswered(subject, refused) from error

    def _unanswered(self, what: str, refused: int = 0) -> SyncTrouble:
        if self.session.refused > refused:
            return NotAllowed(f"The server says: {self.session.refusal}.")
        return HqSilent(f"{what}: no answer within {ANSWER_SECONDS:g} s.")


def refusal(error: Mapping[str, Any]) -> SyncTrouble:
    """What a refusal of the server means for us."""
    code, said = error.get("err_code", 0), error.get("description", str(error))
    if code in _DOUBTFUL:
        return Doubt(f"The server says: {said}.")
    if code in _NO_JETSTREAM:
        return NoJetStream(f"The server says: {said}.")
    if code in _FULL or "insufficient" in said or "no space" in said:
        return HqFull(f"The server says: {said}.")
    return HqRefused(f"The server says: {said} (error {code}).")


def _held(record: bytes, headers: Mapping[str, str]) -> Held:
    return Held(int(headers["Nats-Sequence"]), record, headers.get(subjects.CE_CHAIN_HASH, ""))
