"""Copies of the keys to sealed personal data at head office, wrapped for it, and gone there when they are gone here.

That a copy may be there is written down before it is sent and forgotten only when it is seen to be gone: whatever
happens in between, a deletion is tried again, over restarts too. Every so often the bucket itself is read: a copy that
is missing is sent again, and one of somebody who was erased is deleted whoever put it there. A store without keys, as
a replacement box is at first, deletes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable

from appliance.eventstore.escrow import Recipient
from appliance.eventstore.vault import Vault
from appliance.eventstore.writer import Writer
from appliance.sync import subjects
from appliance.sync.bucket import Contents
from appliance.sync.connection import Session
from appliance.sync.handover import PURGE, Handover
from appliance.sync.headquarters import Headquarters
from appliance.sync.troubles import HqRefused

AT_ONCE = 100
LOOK_SECONDS = 60.0
_ERASED = (
    "SELECT stream_id FROM events WHERE type IN ('customer.erased', 'store.incarnated') AND type = 'customer.erased'"
)


class KeyCopies:
    """A part of the link; and what its bucket's reader tells."""

    def __init__(
        self,
        store_id: str,
        vault: Vault,
        writer: Writer,
        recipient: Recipient | None,
        handover: Handover,
        fine: Callable[[], None] = lambda: None,
    ) -> None:
        self.sent = 0
        self.deleted = 0
        self.handover = handover
        self.read_again: Callable[[], None] = lambda: None  # the bucket, whole
        self._store_id = store_id
        self._vault = vault
        self._writer = writer
        self._recipient = recipient
        self._fine = fine
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        vault.listen(self._changed)

    def _changed(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has closed
            self._loop.call_soon_threadsafe(self._news.set)

    @property
    def enabled(self) -> bool:
        """Whether keys are sent at all."""
        return self._recipient is not None

    async def __call__(self, session: Session) -> None:
        """Send what is new and delete what is gone, until the connection ends."""
        hq = Headquarters(session, self._store_id)
        while True:
            self._news.clear()
            while await self._send(hq) or await self._delete_outlived(hq):
                pass
            self._fine()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), LOOK_SECONDS)

    async def look(self, session: Session, contents: Contents) -> None:
        """Hold what lies at head office against what is here; a callback of the bucket's reader."""
        hq = Headquarters(session, self._store_id)
        there = {
            subject
            for key, value in contents.values.items()
            if value.body is not None and (subject := subjects.keyed_subject(key, self._store_id))
        }
        erased = await self._erased()
        await self._delete(hq, there & erased)
        if await self.handover.look(hq, contents, erased):
            self.read_again()
        if contents.whole:
            taken = await asyncio.to_thread(self._vault.copied) - there
            missing = [subject for subject in sorted(taken) if not await self._is_there(hq, subject)]
            await asyncio.to_thread(self._vault.doubt_copy, missing)
            self._news.set()

    async def names(self) -> list[str]:
        """The keys of all whose copy is or was there: sent by us, or of somebody who has been erased since."""
        known = await asyncio.to_thread(self._vault.copied) | await self._erased()
        return [f"{self._store_id}.{subject}" for subject in sorted(known)]

    async def _erased(self) -> set[str]:
        rows = await self._writer.run(lambda uow: uow.query(_ERASED))
        return {stream.removeprefix("customer-") for (stream,) in rows}

    async def _send(self, hq: Headquarters) -> bool:
        if self._recipient is None:
            return False
        name = self._recipient.fingerprint
        fresh = await asyncio.to_thread(self._vault.uncopied, name, AT_ONCE)
        for subject, key_id, key in fresh:
            await asyncio.to_thread(self._vault.note_copy, subject, key_id, name)
            body = self._recipient.wrap(self._store_id, subject, key_id, key)
            await hq.send(self._subject(subject), body, {})
            self.sent += 1
        return bool(fresh)

    async def _delete_outlived(self, hq: Headquarters) -> bool:
        outlived = await asyncio.to_thread(self._vault.outlived, AT_ONCE)
        await self._delete(hq, outlived)
        return bool(outlived)

    async def _delete(self, hq: Headquarters, gone: Iterable[str]) -> None:
        for subject in gone:
            await hq.send(self._subject(subject), b"", PURGE)
            if await self._is_there(hq, subject):
                raise HqRefused(f"The key of {subject} is still there after it was deleted.")
            await asyncio.to_thread(self._vault.forget_copy, [subject])
            self.deleted += 1

    async def _is_there(self, hq: Headquarters, subject: str) -> bool:
        entry = await hq.entry(subjects.KEYS_BUCKET, f"{self._store_id}.{subject}")
        return bool(entry.value)

    def _subject(self, subject: str) -> str:
        return subjects.bucket_subject(subjects.KEYS_BUCKET, f"{self._store_id}.{subject}")
