"""The keys of personal data, from the box that is gone to this one, by way of head office, which alone can open them.

A box that finds copies of keys at head office which it has not got itself asks there, once, with a public key of its
own, and tells people so. Somebody at head office compares its fingerprint and wraps every key anew for it. What comes
is taken, deleted there, and the views of personal data are rebuilt. Nothing of it is ever in the clear on the way.

That it waits is a finding in the store's own file, so a stop anywhere changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection

import msgspec

from appliance.eventstore.clock import Clock, rfc3339
from appliance.eventstore.escrow import EscrowUnusable, Owner, owner_of
from appliance.eventstore.lives import note
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.eventstore.vault import Vault
from appliance.eventstore.writer import Writer
from appliance.sync import subjects
from appliance.sync.bucket import Contents
from appliance.sync.headquarters import Headquarters

SECRET = "handover"  # noqa: S105  the vault's name for this box's own private key
PURGE = {"KV-Operation": "PURGE", "Nats-Rollup": "sub"}
WAITS = "keys-missing"
_WAITING = "SELECT 1 FROM findings WHERE kind = ? AND resolved_at IS NULL LIMIT 1"
_DONE = "UPDATE findings SET resolved_at = ? WHERE kind = ? AND resolved_at IS NULL"


class Asking(msgspec.Struct, frozen=True):
    """What a box leaves at head office: for whom the keys are to be wrapped."""

    v: int
    public: str  # base64
    machine: str
    asked_at: str


class Handover:
    """One box's part in it."""

    def __init__(
        self,
        store_id: str,
        machine: str,
        vault: Vault,
        writer: Writer,
        clock: Clock,
        took: Callable[[], Awaitable[None]],
    ) -> None:
        self.taken = 0
        self._store_id = store_id
        self._machine = machine
        self._vault = vault
        self._writer = writer
        self._clock = clock
        self._took = took

    @property
    def _own(self) -> Owner:
        return owner_of(self._vault.secret(SECRET))

    async def look(self, hq: Headquarters, contents: Contents, erased: Collection[str]) -> bool:
        """Take what was handed over; whether the bucket is worth reading whole, since head office is done."""
        handed = {
            subject: value.body
            for key, value in contents.values.items()
            if value.body is not None and (subject := subjects.handed_subject(key, self._store_id))
        }
        for subject, body in handed.items():
            await self._take(hq, subject, body, erased)
        if contents.whole:
            await self._see(hq, contents, erased)
            return False
        asked = contents.values.get(subjects.asking_key(self._store_id))
        return asked is not None and asked.body is None

    async def _take(self, hq: Headquarters, subject: str, body: bytes, erased: Collection[str]) -> None:
        if subject not in erased:
            try:
                key_id, key = self._own.unwrap(self._store_id, subject, body)
            except EscrowUnusable:
                return  # it is for another box of this store
            self.taken += await asyncio.to_thread(self._vault.adopt, subject, key_id, key)
        where = subjects.bucket_subject(subjects.KEYS_BUCKET, subjects.handed_key(self._store_id, subject))
        await hq.send(where, b"", PURGE)

    async def _see(self, hq: Headquarters, contents: Contents, erased: Collection[str]) -> None:
        """Hold all that lies there against what is here: ask, or be content."""
        there = {
            subject
            for key, value in contents.values.items()
            if value.body is not None and (subject := subjects.keyed_subject(key, self._store_id))
        }
        missing = there - set(erased) - await asyncio.to_thread(self._vault.known)
        waiting = bool(await self._writer.run(lambda uow: uow.query(_WAITING, (WAITS,))))
        asked = contents.values.get(subjects.asking_key(self._store_id))
        if missing and not (waiting and asked is not None and asked.body is not None):
            await self._ask(hq, len(missing), told=waiting)
        elif waiting and not missing:
            await self._took()
            now = rfc3339(self._clock())
            await self._writer.run(lambda uow: uow.execute(_DONE, (now, WAITS)))

    async def _ask(self, hq: Headquarters, count: int, *, told: bool) -> None:
        own = self._own
        asking = Asking(1, own.public, self._machine, rfc3339(self._clock()))
        where = subjects.bucket_subject(subjects.KEYS_BUCKET, subjects.asking_key(self._store_id))
        await hq.send(where, msgspec.json.encode(asking), {})
        detail = (
            f"The names and addresses of {count} customer(s) cannot be read on this box: head office has their keys. "
            f"There, run: backroom hq keys hand-over {self._store_id} --box {own.fingerprint}"
        )

        def tell(uow: UnitOfWork) -> None:
            note(uow, self._clock, WAITS, self._store_id, detail)

        if not told:
            await self._writer.run(tell)
