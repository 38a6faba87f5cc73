"""What a handler may rely on: the unit of work it decides in, and the outcome it returns."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from appliance.application.receipts import Receipt
from appliance.domain.events import Event, SaleLine
from appliance.domain.line_sums import LineSums, line_sums

T = TypeVar("T")


@dataclass(slots=True)
class Recorded:
    """One event as it stands (or will stand, once its group has committed) in the log."""

    position: int
    stream_id: str
    version: int
    type: str
    occurred_at: str  # RFC 3339, UTC
    recorded_at: str
    metadata: Mapping[str, Any]
    event: Event
    incarnation: int
    data: bytes = b""  # the event as it stands in the record, so that nobody need encode it again
    sums: LineSums | None = field(default=None, compare=False, repr=False)

    def summed(self, lines: Sequence[SaleLine]) -> LineSums:
        """What the event's lines come to: added up once, for whoever asks first."""
        if self.sums is None:
            self.sums = line_sums(lines)
        return self.sums


@dataclass(slots=True, kw_only=True)
class Context:
    """Who asks, when, and under which ids: all that a decision may not find out by itself.

    `occurred_at` (aware, UTC) and `id_seed` are given by an import, so that a repeated run records the very same
    bytes; a till leaves `id_seed` empty and gets fresh UUIDv7s.
    """

    command_id: str
    occurred_at: datetime
    correlation_id: str | None = None
    causation_id: str | None = None
    device: str | None = None
    operator: str | None = None
    role: str = "cashier"
    clock_trusted: bool = True
    traceparent: str | None = None
    id_seed: str | None = None


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a command did: enough to make its answer, and to make the same answer again from a receipt.

    `ids` name what the answer shows, e.g. {"sale_id": ...}; the events are found by the positions.
    """

    status: int
    ids: Mapping[str, str]
    events: Sequence[Recorded] = field(default=())


class UnitOfWork(Protocol):
    """One command's view of the store, on the writer thread. Nothing is kept unless the command returns."""

    @property
    def incarnation(self) -> int:
        """The log's present incarnation; receipt numbers carry it."""
        ...

    @property
    def position(self) -> int:
        """The last position given out so far, this command's own events included."""
        ...

    def append(self, stream_id: str, *events: Event, context: Context, expected: int | None = None) -> list[Recorded]:
        """Add events to a stream, in order. `expected` is the version the stream must have now (0: must be new).

        Raises StaleVersion when it has another, RecordTooLarge when a record would pass 256 KiB.
        """
        ...

    def version(self, stream_id: str) -> int:
        """The stream's last version, 0 where it does not exist; own events included."""
        ...

    def load(self, stream_id: str, state: type[T], evolve: Callable[[T | None, Event], T]) -> tuple[T | None, int]:
        """Fold the stream into its state and version, from cache or snapshot plus tail; (None, 0) if it is new.

        `state` is the dataclass that `evolve` returns; it must be made of JSON-like fields to be snapshotted.
        """
        ...

    def fact(self, key: tuple[Hashable, ...], read: Callable[..., T], *given: Any) -> T:
        """A decision's fact by key, from memory where known, else `read(*given, select)` from the projections.

        Facts are kept true by `appliance.application.facts`: every event that changes one updates it in memory at
        once, so reading one does not make the group write its projections first.
        """
        ...

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of the inline projections as of all earlier commands (own events are not folded yet).

        It makes the group write what it has pending: right for rare decisions, not for the way of a sale.
        """
        ...

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """A direct write to a table that is no projection, under this command's savepoint; returns rows changed."""
        ...

    def enqueue(
        self, queue: str, actor: str, body: bytes, *, delay_ms: int = 0, priority: int = 0, saga: str | None = None
    ) -> int:
        """Stage a message in this transaction; it exists exactly when the command's events do."""
        ...

    def attempt(self, work: Callable[[Any], T]) -> T:
        """Run `work` with this unit of work; where it is refused nothing of it stays, and the refusal is raised on.

        Whoever catches the refusal may go on: what this command did before still stands.
        """
        ...

    def events(self, first: int, final: int) -> list[Recorded]:
        """Events already in the log, by position: what an answer is made of again."""
        ...

    def receipt(self, scope: str, key: str) -> Receipt | None:
        """The receipt for a key, this group's included."""
        ...

    def keep_receipt(self, receipt: Receipt) -> None:
        """Stage this command's receipt; it stands exactly when its events do."""
        ...
