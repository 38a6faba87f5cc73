"""The front door: every change to the store, from a till, a saga or head office, comes in here as a command.

A repeated request (same scope, key and fingerprint) is answered from its receipt and books nothing. A second request
that comes while the first is still queued simply runs after it on the one writer and finds its receipt; only past
the deadline is it told to come back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from appliance.application.deadlines import Deadlines
from appliance.application.foresight import Foreseen
from appliance.application.ports import Context, Outcome, UnitOfWork
from appliance.application.receipts import Receipt, ReceiptKey
from appliance.domain.policy import StorePolicy
from appliance.errors import BookedBefore, KeyReused, StillRunning

T = TypeVar("T")

Handler = Callable[[Any, UnitOfWork, Context, StorePolicy], Outcome]
Admit = Callable[[Any, Any], Any]
"""(unit of work, command) -> the command under proven names; refuses by raising."""
DEADLINE_SECONDS = 30.0  # longer than the slowest group on a slow disk


class Transactions(Protocol):
    """What the dispatcher needs of the writer."""

    def run(
        self, work: Callable[[Any], T], foreseen: Foreseen | None = None, *, behind: bool = False
    ) -> asyncio.Future[T]:
        """Run `work` with a unit of work; the future is its result, once that is durable.

        `foreseen` says what the work is about, so that what it will ask for can be looked up together with others'.
        What is `behind` lets tills go first.
        """
        ...


@dataclass(slots=True)
class Answer:
    """An outcome, and whether it was made again from a receipt."""

    outcome: Outcome
    replayed: bool


class Dispatcher:
    """Runs commands under the store's policy; the policy may be replaced while the store runs."""

    def __init__(
        self,
        transactions: Transactions,
        handlers: Mapping[type, Handler],
        policy: StorePolicy,
        stamp: Callable[[], str],
    ) -> None:
        self._transactions = transactions
        self._handlers = handlers
        self._stamp = stamp
        self._deadlines = Deadlines()
        self.policy = policy

    async def dispatch(
        self,
        command: object,
        context: Context,
        key: ReceiptKey | None = None,
        admit: Admit | None = None,
        *,
        behind: bool = False,
    ) -> Answer:
        """Run a command once and durably. Raises Refusal; StillRunning past the deadline, when nobody knows yet."""
        try:
            running = self._transactions.run(
                self.transaction(command, context, key, admit), (command, key), behind=behind
            )
            return await self._deadlines.answer(running, DEADLINE_SECONDS)
        except TimeoutError:
            detail = f"No answer within {DEADLINE_SECONDS:.0f} s; the disk is very slow."
            raise StillRunning(detail) from None

    def transaction(
        self, command: object, context: Context, key: ReceiptKey | None = None, admit: Admit | None = None
    ) -> Callable[[UnitOfWork], Answer]:
        """What the writer runs for a command; for callers on the writer thread or with a group of their own.

        `admit` is asked after the receipt was looked for: what was let in once is not asked for again.
        """

        def work(uow: UnitOfWork) -> Answer:
            if key is not None:
                found = uow.receipt(key.scope, key.key)
                if found is not None:
                    return Answer(self.replay(found, key, uow), replayed=True)
            admitted = command if admit is None else admit(uow, command)
            outcome = self._handlers[type(command)](admitted, uow, context, self.policy)
            if key is not None:
                uow.keep_receipt(_receipt(key, outcome, context, self._stamp()))
            return Answer(outcome, replayed=False)

        return work

    @staticmethod
    def replay(found: Receipt, key: ReceiptKey, uow: UnitOfWork) -> Outcome:
        """The first answer, made again. Raises KeyReused where the key stands for another request.

        Raises BookedBefore where the answer is lost: it was booked before a restore, and is no document.
        """
        if not found.fingerprint and not found.ids:
            places = {"first_position": found.first_position, "last_position": found.last_position}
            raise BookedBefore(f"It stands in the log from position {found.first_position} on.", at=None, **places)
        if found.fingerprint and found.fingerprint != key.fingerprint:
            detail = f"The key was used at {found.recorded_at} for a request with another method, path or body."
            raise KeyReused(detail)
        if found.first_position is None or found.last_position is None:
            return Outcome(status=found.status, ids=found.ids)
        events = uow.events(found.first_position, found.last_position)
        return Outcome(status=found.status, ids=found.ids, events=events)


def _receipt(key: ReceiptKey, outcome: Outcome, context: Context, recorded_at: str) -> Receipt:
    return Receipt(
        scope=key.scope,
        key=key.key,
        command_id=context.command_id,
        fingerprint=key.fingerprint,
        status=outcome.status,
        ids=outcome.ids,
        first_position=outcome.events[0].position if outcome.events else None,
        last_position=outcome.events[-1].position if outcome.events else None,
        recorded_at=recorded_at,
    )
