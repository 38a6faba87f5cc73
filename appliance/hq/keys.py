"""Reading sealed personal data at head office, by the copies of keys that stores keep there and its own private key.

A key that is gone, because the customer was erased, stays gone: what it sealed is None.
"""

from __future__ import annotations

from collections.abc import Mapping

from nats.errors import Error as NatsError

from appliance.domain.events import Sealed
from appliance.eventstore.escrow import Owner
from appliance.eventstore.vault import open_sealed
from appliance.hq.connection import ANSWER_SECONDS, JetStream
from appliance.hq.failures import NoAnswer
from appliance.sync import subjects

DELETED = frozenset({"DEL", "PURGE"})
NOT_FOUND = "404"


class KeyReader:
    """Opens what a store sealed."""

    def __init__(self, jetstream: JetStream, owner: Owner) -> None:
        self._js = jetstream
        self._owner = owner

    async def key(self, store: str, subject: str) -> tuple[str, bytes] | None:
        """The id and key of a subject; None where there is none any more. Raises EscrowUnusable, NoAnswer."""
        stream = subjects.bucket_stream(subjects.KEYS_BUCKET)
        asked = f"$JS.API.DIRECT.GET.{stream}.{subjects.bucket_subject(subjects.KEYS_BUCKET, f'{store}.{subject}')}"
        try:
            answer = await self._js.client.request(asked, b"", timeout=ANSWER_SECONDS)
        except (NatsError, TimeoutError) as error:
            raise NoAnswer(f"The key of {subject} of {store}: {str(error) or 'no answer'}.") from error
        headers = answer.headers or {}
        if headers.get("Status") == NOT_FOUND or headers.get("KV-Operation") in DELETED:
            return None
        return self._owner.unwrap(store, subject, answer.data)

    async def open(self, store: str, sealed: Sealed) -> Mapping[str, str] | None:
        """The fields, or None where the key is gone: erased."""
        found = await self.key(store, sealed.subject)
        return None if found is None else open_sealed(sealed, *found)
