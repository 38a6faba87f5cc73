"""A Dramatiq broker whose queue is a table in the store's own file.

Everything that changes a message goes through the one writer, most of it in the transaction of what caused it. One
process owns the data directory, so whatever is held at the start is an orphan of a process that died, and is given
back at once. Delays, retries and dead letters are states of the row: what Dramatiq does as a copy and an
acknowledgement, and can lose in between, is one change here.

Unlike Dramatiq's own brokers there are no delay queues: nothing that waits is held in memory.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import dramatiq
from dramatiq.errors import ActorNotFound, ConnectionClosed, QueueJoinTimeout, QueueNotFound
from dramatiq.message import Message
from dramatiq.middleware import AsyncIO, Middleware, MiddlewareError, ShutdownNotifications, TimeLimit

from appliance.errors import Overloaded, StoreError
from appliance.eventstore.ids import uuid7
from appliance.eventstore.messages import DEAD, PARKED, READY, WAITING, Change
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.eventstore.writer import Writer
from appliance.sagas.claims import claim
from appliance.sagas.consumer import SqliteConsumer
from appliance.sagas.delivery import Delivery, Row
from appliance.sagas.lumps import Lumps

T = TypeVar("T")

LEASE_SECONDS = 600.0  # far longer than any step may take: what is held longer will never return
MAX_ERROR_CHARS = 2_000
MAX_TRACEBACK_CHARS = 20_000
JOIN_POLL_SECONDS = 0.01

REFUSED: Mapping[type[Middleware], str] = {
    TimeLimit: "it raises inside a thread at any moment, and a message whose retry is just being written is lost; "
    "give async actors a limit, which ends them in order",
    ShutdownNotifications: "it raises inside a thread at any moment; what runs at a stop is finished or queued again",
    AsyncIO: "it runs actors on a loop of its own, where nothing of the store's may be used; async actors run on the "
    "store's loop already",
}

Dying = Callable[[UnitOfWork, str, str, str], None]
"""Told of a saga whose message is given up: (unit of work, saga, code, detail), in the same transaction."""


class MiddlewareRefused(StoreError):
    """Raised when the broker is built: at the start, before anything could be lost."""

    code = "middleware-refused"
    title = "This middleware must not be used here"
    hint = "Take it out of the broker's middleware."
    status = 500


class SqliteBroker(dramatiq.Broker):
    """Usable by any actor.

    `limits` says how many messages of a queue may be out at once where that is not its worker's business: those of
    sagas are handed over to the loop and hold no thread.
    """

    def __init__(
        self,
        writer: Writer,
        steady: Callable[[], int],
        *,
        stamp: Callable[[], str],
        middleware: Sequence[Middleware] = (),
        limits: Mapping[str, int] | None = None,
        lease_s: float = LEASE_SECONDS,
        point: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.point = point  # told of named moments, so that tests can end the process there
        self.news = threading.Condition()
        self.stopping = False  # guarded by `news`
        self.versions: dict[str, int] = {}
        self.due: dict[str, int] = {}
        self.steady = steady
        self.lease_s = lease_s
        self.dying: Dying = lambda *_: None
        self._writer = writer
        self._stamp = stamp
        self._limits = dict(limits or {})
        self._sends = Lumps(writer.submit)
        self._ends = Lumps(writer.submit)
        self._emitters: dict[str, list[Callable[..., None]]] = {}
        self._boot = uuid7()
        self._tokens = 0
        super().__init__(list(middleware))
        self.queues: dict[str, None] = {}
        writer.listen_messages(self._woken)

    # --- declaring ----------------------------------------------------------------------------------------------

    def add_middleware(
        self, middleware: Middleware, *, before: type[Middleware] | None = None, after: type[Middleware] | None = None
    ) -> None:
        """As Dramatiq does; raises MiddlewareRefused for what could lose a message here."""
        for refused, why in REFUSED.items():
            if isinstance(middleware, refused):
                detail = f"{refused.__name__} is refused: {why}."
                raise MiddlewareRefused(detail)
        self._emitters.clear()
        super().add_middleware(middleware, before=before, after=after)

    def declare_queue(self, queue_name: str) -> None:
        """Idempotent; a worker begins to consume it."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues[queue_name] = None
            self.versions[queue_name] = 1
            self.due[queue_name] = 0
            self.emit_after("declare_queue", queue_name)

    def emit_before(self, signal: str, *args: Any, **kwargs: Any) -> None:
        """As Dramatiq does, and asks only middleware that has something to do at this signal."""
        name = f"before_{signal}"
        for emit in self._hearing(name, self.middleware):
            try:
                emit(self, *args, **kwargs)
            except MiddlewareError:
                raise
            except Exception:
                self.logger.critical("Unexpected failure in %s of %r.", name, emit, exc_info=True)

    def emit_after(self, signal: str, *args: Any, **kwargs: Any) -> None:
        """The same, in reverse order."""
        name = f"after_{signal}"
        for emit in self._hearing(name, self.middleware[::-1]):
            try:
                emit(self, *args, **kwargs)
            except Exception:
                self.logger.critical("Unexpected failure in %s of %r.", name, emit, exc_info=True)

    def _hearing(self, name: str, middleware: Sequence[Middleware]) -> list[Callable[..., None]]:
        found = self._emitters.get(name)
        if found is None:
            deaf = getattr(Middleware, name)
            found = [getattr(each, name) for each in middleware if getattr(type(each), name) is not deaf]
            self._emitters[name] = found
        return found

    # --- sending ------------------------------------------------------------------------------------------------

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Queue a message durably; called with a message that is out, put that one back for later.

        It blocks until the message is on the disk. Who is in a unit of work calls `stage` instead.
        """
        if isinstance(message, Delivery):
            self._retry(message, delay or 0)
            return message
        if message.queue_name not in self.queues:
            raise QueueNotFound(message.queue_name)
        self.emit_before("enqueue", message, delay)
        try:
            self._sends.add(lambda uow: self.stage(uow, message, delay_ms=delay or 0)).wait(None)
        except StoreError as error:
            raise ConnectionClosed(error) from error
        self.emit_after("enqueue", message, delay)
        return message

    def stage(self, uow: UnitOfWork, message: Message[Any], *, delay_ms: int = 0) -> int:
        """Queue a message in the transaction of a unit of work; returns its id."""
        actor = self.actors.get(message.actor_name)
        priority = message.options.get("priority", actor.priority if actor else 0)
        return uow.enqueue(
            message.queue_name, message.actor_name, message.encode(), delay_ms=int(delay_ms), priority=priority
        )

    def _retry(self, delivery: Delivery, delay_ms: int) -> None:
        """What Retries asks for. Should it fail, the row stays held and is given back at the next start: never lost."""
        delivery.kept = True
        due_ms = self.steady() + int(delay_ms)
        self.settle(
            delivery,
            delivery.row.after_failure(
                state=WAITING,
                due_ms=due_ms,
                body=delivery.encode(),
                error=_in_short(delivery.error),
                traceback=_last(delivery.options.get("traceback")),
                failed_at=self._stamp(),
            ),
        )

    # --- consuming ----------------------------------------------------------------------------------------------

    def rest(self, *, stopping: bool) -> None:
        """Let consumers claim nothing more because their worker is about to stop, or claim again."""
        with self.news:
            self.stopping = stopping
            self.news.notify_all()

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 30_000) -> SqliteConsumer:
        """An iterator over what is due in a queue."""
        if queue_name not in self.queues:
            raise QueueNotFound(queue_name)
        return SqliteConsumer(self, queue_name, self._limits.get(queue_name, prefetch), timeout / 1000)

    def claim(self, queue: str, room: int, out: int) -> Any:
        """Hold up to `room` due messages, durably; see `claims.claim`."""
        self._tokens += 1
        return self.call(partial(claim, queue=queue, room=room, out=out, token=f"{self._boot}:{queue}:{self._tokens}"))

    def settle(self, delivery: Delivery, change: Change | None) -> None:
        """End a delivery, by changing or deleting its row, if it is still held under the delivery's token.

        Nobody waits for it: should it not come to the disk, the message is delivered once more.
        """
        self.submit(partial(_settle, row=delivery.row, token=delivery.token, change=change))

    def give_up(self, delivery: Delivery, error: BaseException | None) -> None:
        """Keep a message as a dead letter; one whose actor this program does not know is parked for one that does."""
        unknown = isinstance(error, ActorNotFound)
        change = delivery.row.after_failure(
            state=PARKED if unknown else DEAD,
            body=None if delivery.row.saga else delivery.encode(),
            error=f"no actor {delivery.actor_name!r}" if unknown else _in_short(error),
            traceback=_last(delivery.options.get("traceback")),
            failed_at=self._stamp(),
        )
        self.submit(partial(self._bury, row=delivery.row, token=delivery.token, change=change))

    def bury_unread(self, row: Row, token: str, error: BaseException) -> None:
        """Keep as a dead letter what is no message at all, so that it holds nothing else up."""
        change = row.after_failure(
            state=DEAD, error=f"it cannot be read: {error}"[:MAX_ERROR_CHARS], failed_at=self._stamp()
        )
        self.submit(partial(self._bury, row=row, token=token, change=change))

    def _bury(self, uow: UnitOfWork, *, row: Row, token: str, change: Change) -> None:
        if _settle(uow, row=row, token=token, change=change) and row.saga is not None:
            self.dying(uow, row.saga, change.state, change.error or "")

    def requeue(self, deliveries: Iterable[Delivery], *, begun: bool) -> None:
        """Give messages back at once. Those that were `begun` are marked as perhaps carried out."""

        def work(uow: UnitOfWork) -> None:
            for each in deliveries:
                row = each.row
                deliveries_so_far = row.deliveries + 1 if begun else row.deliveries
                change = Change(
                    queue=row.queue, state=READY, deliveries=deliveries_so_far, kills=row.kills, attempts=row.attempts
                )
                _settle(uow, row=row, token=each.token, change=change)

        self.call(work)

    # --- what only tests and tools call -------------------------------------------------------------------------

    def flush(self, queue_name: str) -> None:
        """Drop what waits in a queue; what is out goes on."""
        self.call(lambda uow: uow.execute(_FLUSH, (queue_name,)))

    def flush_all(self) -> None:
        """Drop what waits in every queue."""
        for queue in list(self.queues):
            self.flush(queue)

    def join(self, queue_name: str, *, timeout: int | None = None) -> None:
        """Wait until nothing of a queue is left but dead letters."""
        until = None if timeout is None else time.monotonic() + timeout / 1000
        while self.call(lambda uow: uow.query(_LEFT, (queue_name,))):
            if until is not None and time.monotonic() > until:
                raise QueueJoinTimeout(queue_name)
            time.sleep(JOIN_POLL_SECONDS)

    # --- the writer ---------------------------------------------------------------------------------------------

    def call(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run `work` on the writer and wait; a writer that takes nothing now is a lost connection to Dramatiq."""
        try:
            return self._writer.call(work, behind=True)
        except StoreError as error:
            raise ConnectionClosed(error) from error

    def submit(self, work: Callable[[UnitOfWork], Any]) -> None:
        """Let the writer run `work` and do not wait."""
        try:
            self._ends.add(work)
        except Overloaded as error:
            raise ConnectionClosed(error) from error
        except StoreError:
            return  # the store ends: what is held is given back at the next start

    def _woken(self, queues: Mapping[str, int]) -> None:
        with self.news:
            for queue, due_ms in queues.items():
                if queue not in self.versions:
                    continue
                if not due_ms:
                    self.versions[queue] += 1
                elif not self.due[queue] or due_ms < self.due[queue]:
                    self.due[queue] = due_ms
            self.news.notify_all()


def _settle(uow: UnitOfWork, *, row: Row, token: str, change: Change | None) -> bool:
    if uow.messages.holder(row.id) != token:
        return False
    if change is None:
        uow.messages.remove(row.id, row.saga)
    else:
        uow.messages.change(row.id, change)
    return True


def _in_short(error: BaseException | None) -> str:
    return f"{type(error).__name__}: {error}"[:MAX_ERROR_CHARS] if error else "rejected"


def _last(text: str | None) -> str | None:
    return text[-MAX_TRACEBACK_CHARS:] if text else None


_FLUSH = "DELETE FROM messages WHERE queue = ? AND state IN ('ready', 'waiting')"
_LEFT = "SELECT 1 FROM messages WHERE queue = ? AND state IN ('ready', 'waiting', 'leased') LIMIT 1"
