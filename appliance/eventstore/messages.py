"""Messages of a unit of work: staged in lists of its own like events, written by the group in bulk.

A message exists exactly when the events of its transaction do, and who holds it is decided on the writer thread: the
lease tokens are facts in memory, in the same layers as all facts, so a refusal or a lost group takes a claim or an
ending back with everything else. A message for a queue that nobody works on is parked as it is staged, where people
see it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, cast

from appliance.eventstore.bulk import Bulk, Database
from appliance.eventstore.memory import MISSING, STALE, Key, Layer

READY, WAITING, LEASED, DEAD, PARKED = "ready", "waiting", "leased", "dead", "parked"

Select = Callable[..., list[tuple[Any, ...]]]

_NEW = "id, queue, actor, priority, state, due_ms, body, saga, position, enqueued_at, deliveries"
_INSERT = Bulk(_NEW, f"INSERT INTO messages ({_NEW}) SELECT * FROM given")
_LEASE = Bulk(
    "id, token",
    "UPDATE messages SET state = 'leased', lease = given.token, deliveries = deliveries + 1"
    " FROM given WHERE messages.id = given.id",
)
_CHANGED = "id, state, due_ms, deliveries, kills, attempts, body, error, traceback, failed_at, position"
_CHANGE = Bulk(
    _CHANGED,
    "UPDATE messages SET state = given.state, due_ms = given.due_ms, lease = NULL, deliveries = given.deliveries,"
    " kills = given.kills, attempts = given.attempts, body = coalesce(given.body, messages.body), error = given.error,"
    " traceback = given.traceback, failed_at = given.failed_at, position = coalesce(given.position, messages.position)"
    " FROM given WHERE messages.id = given.id",
)
_DELETE = Bulk("id", "DELETE FROM messages WHERE id IN (SELECT id FROM given)")
_LAST_ID = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'messages'), 0)"
_NEXT: Key = ("message_id",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a message becomes when nobody holds it any more."""

    queue: str
    state: str
    due_ms: int = 0
    deliveries: int = 0
    kills: int = 0
    attempts: int = 0
    body: bytes | None = None  # None leaves it as it is
    error: str | None = None
    traceback: str | None = None
    failed_at: str | None = None
    position: int | None = None

    def parked(self, stamp: str) -> Change:
        """The same, for want of its queue."""
        return replace(self, state=PARKED, error=f"no queue {self.queue!r}", failed_at=stamp)

    def row(self, message: int, due_ms: int) -> tuple[Any, ...]:
        """As the statement wants it."""
        return (
            message, self.state, due_ms, self.deliveries, self.kills, self.attempts, self.body, self.error,
            self.traceback, self.failed_at, self.position,
        )  # fmt: skip


@dataclass(slots=True)
class Staged:
    """What is to be written, of a command or of a whole group; `woken` says which queues have news, and since when."""

    inserts: list[tuple[Any, ...]] = field(default_factory=list)
    leases: list[tuple[int, str]] = field(default_factory=list)
    changes: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    deletes: list[tuple[int]] = field(default_factory=list)
    woken: dict[str, int] = field(default_factory=dict)

    def copy(self) -> Staged:
        """The same, to go back to."""
        lists = list(self.inserts), list(self.leases), dict(self.changes), list(self.deletes)
        return Staged(*lists, dict(self.woken))

    def wake(self, queue: str, due_ms: int) -> None:
        """There is a message in this queue, due at `due_ms` (0: now)."""
        known = self.woken.get(queue)
        if known is None or due_ms < known:
            self.woken[queue] = due_ms

    def admit(self, other: Staged) -> None:
        """Take over what a successful command staged."""
        self.inserts += other.inserts
        self.leases += other.leases
        self.changes |= other.changes
        self.deletes += other.deletes
        for queue, due_ms in other.woken.items():
            self.wake(queue, due_ms)

    def write(self, db: Database) -> None:
        """Write it in the order that comes out right whatever one group did to one message."""
        for bulk, rows in ((_INSERT, self.inserts), (_LEASE, self.leases), (_CHANGE, [*self.changes.values()])):
            if rows:
                bulk.write(db, rows)
        if self.deletes:
            _DELETE.write(db, self.deletes)
        self.inserts, self.leases, self.changes, self.deletes = [], [], {}, []


class Messages:
    """The messages as one unit of work sees and changes them."""

    __slots__ = ("_heard", "_layer", "_select", "_stamp", "_steady", "staged")

    def __init__(
        self, layer: Layer, select: Select, steady: Callable[[], int], stamp: str, heard: Container[str] | None
    ) -> None:
        self._layer = layer
        self._select = select
        self._steady = steady
        self._stamp = stamp
        self._heard = heard  # the queues that are worked on; None where nobody says, as in a tool
        self.staged = Staged()

    @property
    def now_ms(self) -> int:
        """The store's steady time."""
        return self._steady()

    def add(
        self, queue: str, actor: str, body: bytes, saga: str | None, *, delay_ms: int, priority: int, position: int,
        stamp: str, deliveries: int = 0,
    ) -> int:  # fmt: skip
        """Stage a message; returns its id. `deliveries` above 0 says that it may have been run before."""
        message = self._next_id()
        state = WAITING if delay_ms > 0 else READY
        due_ms = self._steady() + max(delay_ms, 0)  # of a ready one: since when it waits for a worker
        self.staged.inserts.append(
            (message, queue, actor, priority, state, due_ms, body, saga, position, stamp, deliveries)
        )
        self.staged.wake(queue, due_ms if state == WAITING else 0)
        self._layer.put(("lease", message), None)
        if saga is not None:
            self._layer.put(("saga_message", saga), message)
        if self._unheard(queue):
            self.change(message, Change(queue=queue, state=state, deliveries=deliveries))
        return message

    def _unheard(self, queue: str) -> bool:
        return self._heard is not None and queue not in self._heard

    def _next_id(self) -> int:
        last = self._known(_NEXT, _LAST_ID, ())
        self._layer.put(_NEXT, last + 1)
        return cast("int", last + 1)

    def holder(self, message: int) -> str | None:
        """The token of who holds it; None where nobody does or it is gone."""
        return cast(
            "str | None", self._known(("lease", message), "SELECT lease FROM messages WHERE id = ?", (message,))
        )

    def of_saga(self, saga: str) -> int | None:
        """The message that a saga holds."""
        found = self._known(("saga_message", saga), "SELECT id FROM messages WHERE saga = ?", (saga,))
        return cast("int | None", found)

    def lease(self, messages: Iterable[int], token: str) -> None:
        """Stage that these are held under `token`; who calls has just read in this transaction that nobody has them."""
        for message in messages:
            self.staged.leases.append((message, token))
            self._layer.put(("lease", message), token)

    def change(self, message: int, change: Change) -> None:
        """Stage what a message becomes; whoever held it does no more."""
        if change.state in (READY, WAITING) and self._unheard(change.queue):
            change = change.parked(self._stamp)
        due_ms = change.due_ms if change.state == WAITING else self._steady()
        self.staged.changes[message] = change.row(message, due_ms)
        self._layer.put(("lease", message), None)
        if change.state in (READY, WAITING):
            self.staged.wake(change.queue, change.due_ms if change.state == WAITING else 0)

    def remove(self, message: int, saga: str | None = None) -> None:
        """Stage the end of a message."""
        self.staged.deletes.append((message,))
        self._layer.put(("lease", message), STALE)
        if saga is not None:
            self._layer.put(("saga_message", saga), STALE)

    def _known(self, key: Key, sql: str, parameters: tuple[Any, ...]) -> Any:
        value = self._layer.peek(key)
        if value is MISSING or value is STALE:
            found = self._select(sql, parameters)
            value = found[0][0] if found else None
            if self._layer.own.get(key) is not STALE:
                self._layer.put(key, value)
        return value
