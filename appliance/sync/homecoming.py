"""Asking head office, at the start of a restored, cut or copied log, whether it has the tail.

It happens before anything is sold, in a thread and for a few seconds at most: where head office cannot be reached the
store begins a new life and sells.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence

import nats.errors

from appliance.eventstore.head import Head
from appliance.eventstore.lives import Elsewhere, TailRecord
from appliance.sync import subjects
from appliance.sync.claim import read
from appliance.sync.connection import Address, open_session
from appliance.sync.headquarters import Headquarters
from appliance.sync.troubles import SyncTrouble

REACH_SECONDS = 4.0  # to connect and be told where head office stands
PAGE_SECONDS = 10.0


class Homecoming:
    """What `open_store` asks; see `appliance.eventstore.lives.Ask`."""

    def __init__(self, address: Address, machine: str) -> None:
        self._address = address
        self._machine = machine

    @contextlib.contextmanager
    def __call__(self, head: Head) -> Iterator[Elsewhere]:
        """What head office knows of a log that ends at `head`."""
        with asyncio.Runner() as runner:
            try:
                hq = runner.run(self._reach())
            except SyncTrouble as trouble:
                yield Elsewhere(detail=f"Head office could not be asked for the tail: {trouble.detail}")
                return
            try:
                yield self._told(runner, hq, head)
            finally:
                runner.run(hq.session.close())

    async def _reach(self) -> Headquarters:
        try:
            async with asyncio.timeout(REACH_SECONDS):
                return Headquarters(await open_session(self._address), self._address.store_id)
        except TimeoutError as error:
            raise SyncTrouble(f"no answer within {REACH_SECONDS:g} s.") from error

    def _told(self, runner: asyncio.Runner, hq: Headquarters, head: Head) -> Elsewhere:
        try:
            return runner.run(asyncio.wait_for(self._compare(runner, hq, head), REACH_SECONDS))
        except (SyncTrouble, nats.errors.Error, TimeoutError, OSError) as error:
            return Elsewhere(detail=f"Head office did not say whether it has the tail: {error}")

    async def _compare(self, runner: asyncio.Runner, hq: Headquarters, head: Head) -> Elsewhere:
        holder = read((await hq.entry(subjects.CLAIMS_BUCKET, hq.store_id)).value)
        known = holder.incarnation if holder else 0
        if holder is not None and (holder.machine != self._machine or known > head.incarnation):
            return Elsewhere(
                incarnation=known, detail=f"Head office's claim is of machine {holder.machine}, life {known}."
            )
        stream = await hq.stream(head.incarnation)
        if stream is None or stream.last == 0:
            return Elsewhere(incarnation=known, detail="Head office has no tail.")
        held = await hq.held(head.incarnation, min(head.position, stream.last)) if head.position else None
        if stream.last < head.position or (held is not None and held.hash != head.hash.hex()):
            return Elsewhere(
                incarnation=known, detail=f"Head office's log ends at {stream.last} and is not ours there."
            )
        return Elsewhere(True, self._pages(runner, hq, head), known)

    @staticmethod
    def _pages(runner: asyncio.Runner, hq: Headquarters, head: Head) -> Iterator[Sequence[TailRecord]]:
        after = head.position
        while True:
            try:
                page = runner.run(asyncio.wait_for(hq.tail(head.incarnation, after), PAGE_SECONDS))
            except (SyncTrouble, nats.errors.Error, TimeoutError, OSError):
                return  # what was fetched is kept; whether it is all is for the head file to say
            if not page:
                return
            after = page[-1].position
            yield [(each.record, bytes.fromhex(each.hash)) for each in page]
