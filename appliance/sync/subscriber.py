"""Head office's commands, one after the other: read, carried out through the front door, written down, acknowledged.

At each start the consumer is set back to the message consumed last. That one comes again, and by its hash we see that
the stream is still the one we read: head office may have restored an older copy, or made it anew, and then all of it
is read again. What came before is known by its id, so nothing happens twice. A server older than 2.14 cannot be set
back: there what was under way at the last stop comes again after the consumer's own waiting time, which is kept.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from appliance.application import inbox
from appliance.application.inbox import Consumed, Message, Unreadable
from appliance.application.ports import Context, Outcome, UnitOfWork
from appliance.domain import customer as customers
from appliance.domain.customer import Customer
from appliance.domain.events_hq import SettingsChanged
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals import CustomerErasedAlready, Refusal
from appliance.errors import CommandFailed, OutcomeUnknown, Overloaded, ShuttingDown, StillRunning, StoreFull
from appliance.eventstore.clock import Clock, rfc3339
from appliance.eventstore.vault import Vault
from appliance.eventstore.writer import Writer
from appliance.sync import subjects
from appliance.sync.connection import Session
from appliance.sync.pulling import Delivered, DurableConsumer
from appliance.sync.translation import Read, read
from appliance.sync.troubles import SyncTrouble

CLAIM_LOOK_SECONDS = 0.2
_log = logging.getLogger("backroom.sync")
NOT_NOW = (StoreFull, Overloaded, ShuttingDown, OutcomeUnknown, StillRunning)
"""What says nothing of the command: the store cannot write at the moment."""


class StoreNotReady(SyncTrouble):
    """The store itself cannot take what head office sends."""

    code = "store-not-ready"
    title = "The store cannot take what head office sends just now"
    hint = "What came is not acknowledged and comes again; see `backroom doctor` for what ails the store."
    pause_seconds = 2.0


class Dispatcher(Protocol):
    """The front door, and the policy in force."""

    policy: StorePolicy

    def transaction(self, command: object, context: Context) -> Callable[[UnitOfWork], Any]:
        """What the writer runs for a command."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """What the way down needs of the store."""

    store_id: str
    writer: Writer
    vault: Vault
    clock: Clock
    dispatcher: Dispatcher
    refresh: Callable[[], Awaitable[None]]  # work by the policies that the log now tells
    may_consume: Callable[[], bool] = lambda: True  # only the box that holds the claim: a clone would steal commands

    def run(self, command: object, uow: UnitOfWork, context: Context) -> Outcome:
        """Run a command, as everybody's are, within a unit of work that is under way."""
        outcome: Outcome = self.dispatcher.transaction(command, context)(uow).outcome
        return outcome


@dataclass(slots=True)
class Tally:
    """How it goes, for people and metrics."""

    sequence: int = 0
    applied: int = 0
    refused: int = 0
    repeated: int = 0
    waiting: int | None = None  # at head office, when it was last asked
    last_refusal: str = ""
    read_again: int = 0  # how often the stream turned out to be another one

    def count(self, found: Consumed, sequence: int) -> None:
        """One more message is consumed."""
        self.sequence = sequence
        setattr(self, found.outcome, getattr(self, found.outcome) + 1)
        if found.outcome == "refused":
            self.last_refusal = f"{found.reason}: {found.detail}"


class Subscriber:
    """A part of the link; one for a store."""

    def __init__(self, store: Store, tally: Tally, fine: Callable[[], None] = lambda: None) -> None:
        self._store = store
        self._tally = tally
        self._fine = fine

    async def __call__(self, session: Session) -> None:
        """Consume until the connection ends."""
        await self.wait_for_claim()
        consumer = DurableConsumer(session, subjects.COMMANDS_STREAM, subjects.consumer(self._store.store_id))
        await self._set_back(consumer)
        while self._store.may_consume():
            self._fine()
            async with aclosing(consumer.read()) as messages:
                async for delivered in messages:
                    await self.take(delivered.body, delivered.sequence)
                    self._tally.waiting = delivered.pending
                    await consumer.acknowledge(delivered)
            self._tally.waiting = (await consumer.standing()).pending

    async def wait_for_claim(self) -> None:
        """Return once this box is the one that speaks for the store."""
        while not self._store.may_consume():  # noqa: ASYNC110  who holds the claim tells nobody
            await asyncio.sleep(CLAIM_LOOK_SECONDS)

    async def _set_back(self, consumer: DurableConsumer) -> None:
        standing = await consumer.standing()
        kept = await self._store.writer.run(inbox.cursor)
        self._tally.sequence, self._tally.waiting = kept.sequence, standing.pending
        pending = await consumer.reset(kept.sequence)
        if pending is None:
            if standing.unacknowledged:  # they come again when their time is up, and before any newer one
                await asyncio.sleep(standing.ack_wait_seconds)
            return
        if kept.sequence and not (pending and await self._is_known(consumer, kept)):
            self._tally.read_again += 1
            await consumer.reset(1)

    async def _is_known(self, consumer: DurableConsumer, kept: inbox.Cursor) -> bool:
        """Whether the stream still has what we consumed last; acknowledges it."""
        first = await self._first(consumer)
        if first is None or first.sequence != kept.sequence:
            return False
        message, _ = read(first.body, first.sequence, self._store.store_id)
        if message.sha256 != kept.sha256:
            return False
        await consumer.acknowledge(first)
        return True

    @staticmethod
    async def _first(consumer: DurableConsumer) -> Delivered | None:
        async with aclosing(consumer.read(batch=1, expires_s=1.0)) as messages:
            return await anext(messages, None)

    async def take(self, body: bytes, sequence: int) -> Consumed:
        """Consume one message, durably when this returns. Raises what says that the store cannot write now."""
        try:
            found = await self._take(body, sequence)
        except NOT_NOW as error:
            raise StoreNotReady(error.detail) from error
        self._tally.count(found, sequence)
        if found.outcome == "refused":
            _log.warning("sync: head office's command %d is refused: %s (%s)", sequence, found.detail, found.reason)
        if any(isinstance(each.event, SettingsChanged) for each in found.events):
            await self._store.refresh()
        return found

    async def _take(self, body: bytes, sequence: int) -> Consumed:
        message, meaning = await asyncio.to_thread(read, body, sequence, self._store.store_id)
        made: list[str] = []
        work: tuple[object, ...] | Refusal
        if isinstance(meaning, Unreadable):
            work = meaning
        else:
            try:
                work = await self._prepared(meaning, made)
            except NOT_NOW:
                raise
            except Refusal as refusal:
                work = refusal
        found = await self._consumed(message, work)
        if made and found.outcome != "applied":  # a key that turned out not to be needed does not stay
            await asyncio.to_thread(self._store.vault.destroy, made)
        return found

    async def _prepared(self, meaning: Read, made: list[str]) -> tuple[object, ...]:
        """The commands, with personal data sealed; no key ever comes back to somebody who has been erased."""
        subject = meaning.subject
        if subject is not None:
            before, customer = await self._store.writer.run(partial(_look, message=meaning.message, subject=subject))
            if before is not None:
                return ()  # it has been carried out, and is only known again
            if customer is not None and customer.erased:
                raise CustomerErasedAlready(f"Customer {subject} has been erased.", at="/data/customer_id")
            if customer is None:
                made.append(subject)
        return await asyncio.to_thread(meaning.commands, self._store.vault.seal)

    async def _consumed(self, message: Message, work: tuple[object, ...] | Refusal) -> Consumed:
        try:
            return await self._store.writer.run(partial(self._consume, message=message, work=work))
        except CommandFailed as failed:  # a defect of ours must not stop all that comes after it
            return await self._store.writer.run(partial(self._consume, message=message, work=failed))

    def _consume(self, uow: UnitOfWork, *, message: Message, work: tuple[object, ...] | Refusal) -> Consumed:
        now = self._store.clock()
        called = message.command_id or f"hq-{message.sequence}"
        context = Context(command_id=called, occurred_at=now, role="hq", device="hq")
        return inbox.consume(uow, message, work, context, self._store.run, rfc3339(now))


def _look(uow: UnitOfWork, *, message: Message, subject: str) -> tuple[inbox.Known | None, Customer | None]:
    customer, _ = uow.load(f"customer-{subject}", Customer, customers.evolve)
    return inbox.known(uow, message), customer
