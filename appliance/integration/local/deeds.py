"""Doing something in the store itself, exactly once a key: the port's key is the key of the command's receipt.

So what became of a key is a look at its receipt, as long as the store lives: there is nothing to time out, and an
answer that got lost is given again word for word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from appliance.application import outside as o
from appliance.application.dispatcher import Dispatcher, Transactions
from appliance.application.ports import Context, UnitOfWork
from appliance.application.receipts import Receipt, ReceiptKey
from appliance.domain.refusals import Refusal
from appliance.errors import CommandFailed, OutcomeUnknown, Overloaded, ShuttingDown, StillRunning, StoreFull
from appliance.eventstore.clock import Clock
from appliance.eventstore.ids import uuid7
from appliance.eventstore.receipts import fingerprint

SCOPE = "saga"
REFUSED = 400  # from this status on, a receipt says no
FULL_SECONDS = 10.0  # a disk is not emptied in less
BUSY_SECONDS = 1.0

Facts = Mapping[str, str]
"""What the receipt of a deed says."""


@dataclass(frozen=True, slots=True)
class Deeds:
    """The way into the store for the adapters that are built in."""

    dispatcher: Dispatcher
    transactions: Transactions
    secret: bytes
    clock: Clock

    async def do(self, key: str, verb: str, about: str, command: object) -> Facts:
        """Run a command under a key; `verb` and `about` are what a repetition must have in common with it.

        Raises Declined where the answer, now or the first time, was no; NotSent, TryAgain, OutcomeUnknown.
        """
        context = Context(
            command_id=uuid7(), occurred_at=self.clock(), correlation_id=key.partition(":")[0], role="system"
        )
        receipt_key = ReceiptKey(SCOPE, key, fingerprint(self.secret, verb, key, about.encode()))
        try:
            answer = await self.dispatcher.dispatch(command, context, receipt_key, behind=True)
        except Refusal as refusal:
            raise _as_outside(refusal) from refusal
        if answer.outcome.status >= REFUSED:
            raise declined(answer.outcome.ids)
        return answer.outcome.ids

    async def found(self, key: str, answer: Callable[[Facts], o.Answer]) -> o.Found:
        """What became of a key."""
        try:
            receipt = await self.transactions.run(lambda uow: _look(uow, key), behind=True)
        except Refusal as refusal:
            raise _as_outside(refusal) from refusal
        if receipt is None:
            return o.Found("absent")
        if receipt.status >= REFUSED:
            return o.Found("refused", detail=declined(receipt.ids).detail)
        return o.Found("done", answer(receipt.ids))


def declined(facts: Facts) -> o.Declined:
    """A no that was kept."""
    missing = facts.get("unavailable_items", "")
    return o.Declined("out_of_stock", f"Not enough is free of: {missing}.")


def _look(uow: UnitOfWork, key: str) -> Receipt | None:
    return uow.receipt(SCOPE, key)


def _as_outside(refusal: Refusal) -> o.OutsideError:
    """A refusal as a caller of a port understands it."""
    if isinstance(refusal, StoreFull):
        return o.NotSent(refusal.code, refusal.detail, retry_after_s=FULL_SECONDS)
    if isinstance(refusal, Overloaded | ShuttingDown):
        return o.NotSent(refusal.code, refusal.detail, retry_after_s=BUSY_SECONDS)
    if isinstance(refusal, StillRunning | OutcomeUnknown):
        return o.OutcomeUnknown(refusal.code, refusal.detail)
    if isinstance(refusal, CommandFailed):
        return o.TryAgain(refusal.code, refusal.detail)
    return o.Declined(refusal.code, refusal.detail)
