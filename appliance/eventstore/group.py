"""One transaction of the writer: the commands that queued up while the last one was being committed.

Commands stage; the group writes. Event rows go in with few statements, and each projection folds the whole group
at once, which is where most of group commit's gain in CPU comes from. A decision that must see what earlier commands
of the group did calls `settle` first. A command that fails has staged into its own lists only and leaves nothing
behind.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from appliance.application.foresight import Foreseen
from appliance.application.ports import Context, Recorded
from appliance.application.receipts import Receipt
from appliance.domain.events import Event
from appliance.eventstore import log
from appliance.eventstore.bulk import Bulk
from appliance.eventstore.clock import Clock
from appliance.eventstore.head import Head
from appliance.eventstore.memory import Key, Layer, Memory
from appliance.eventstore.messages import Staged
from appliance.eventstore.receipts import find_receipt, find_receipts, write_receipts
from appliance.eventstore.steady import SteadyClock

Fold = Callable[[sqlite3.Connection, Sequence[Recorded]], None]
"""Folds events into all live projections; comes from the composition root."""

Touch = Callable[[Layer, Recorded], None]

Foresee = Callable[["Group", Sequence[Foreseen]], None]
"""Looks up at once what a group's commands will each ask for; comes from the application."""

_EVENT_COLUMNS = "position, stream_id, version, type, record, hash"
_INSERT_EVENTS = Bulk(_EVENT_COLUMNS, f"INSERT INTO events({_EVENT_COLUMNS}) SELECT * FROM given")


Reaction = Callable[[Any, Recorded, Context], None]
"""What an event sets off in its own transaction; gets the unit of work, and may refuse the command."""


def _foresee_nothing(_: Group, __: Sequence[Foreseen]) -> None:
    """Where every command looks for itself."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the event store is given from outside: projections, facts, what events set off, and the clocks."""

    fold: Fold
    touches: Mapping[type[Event], Touch]
    clock: Clock
    reactions: Mapping[type[Event], Reaction] = field(default_factory=dict)
    steady: SteadyClock = field(default_factory=SteadyClock)
    foresee: Foresee = _foresee_nothing


@dataclass(slots=True)
class Group:
    """The state of one transaction: what is staged, and where the log will end when it commits."""

    db: sqlite3.Connection
    head: Head
    wiring: Wiring
    memory: Memory
    stamp: str
    careful: bool = False  # whether to look before a new stream is begun, and not only let the table refuse it
    heard: Container[str] | None = None  # the queues whose messages are worked on, where anybody says so
    values: dict[Key, Any] = field(default_factory=dict)
    events: list[Recorded] = field(default_factory=list)
    streams: dict[str, int] = field(default_factory=dict)
    receipts: dict[tuple[str, str], Receipt] = field(default_factory=dict)
    messages: Staged = field(default_factory=Staged)
    foreseen: dict[tuple[str, str], Receipt | None] = field(default_factory=dict)
    _rows: list[tuple[Any, ...]] = field(default_factory=list)
    _unfolded: list[Recorded] = field(default_factory=list)
    _unwritten: list[Receipt] = field(default_factory=list)

    def admit(
        self, head: Head, rows: list[tuple[Any, ...]], events: list[Recorded], values: dict[Key, Any], messages: Staged
    ) -> None:
        """Take over what a successful command staged."""
        self.head = head
        self.messages.admit(messages)
        self._rows += rows
        self._unfolded += events
        self.events += events
        self.values |= values
        for event in events:
            self.streams[event.stream_id] = event.version

    def expect_receipts(self, keys: Sequence[tuple[str, str]]) -> None:
        """Look for the receipts of these (scope, key); to be called before the first command is run."""
        self.foreseen = dict.fromkeys(keys) | find_receipts(self.db, keys)

    def select(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows as the file has them now; here and not in a unit of work, since what that hands out must not hold it."""
        return self.db.execute(sql, parameters).fetchall()

    def know(self, key: Key, value: Any) -> None:
        """Remember a fact as of the last commit; to be called before the first command is run."""
        self.values[key] = value

    def version(self, stream_id: str) -> int:
        """A stream's last version, this group's earlier commands included; 0 where there is none."""
        staged = self.streams.get(stream_id)
        if staged is None:
            staged = self.memory.versions.get(stream_id)
        return staged if staged is not None else log.stream_version(self.db, stream_id)

    def receipt(self, scope: str, key: str) -> Receipt | None:
        """The receipt for a key, this group's included."""
        wanted = (scope, key)
        found = self.receipts.get(wanted)
        if found is not None or wanted in self.foreseen:
            return found or self.foreseen[wanted]
        return find_receipt(self.db, scope, key)

    def keep(self, receipt: Receipt) -> None:
        """Take over a successful command's receipt."""
        self.receipts[receipt.scope, receipt.key] = receipt
        self._unwritten.append(receipt)

    def settle(self) -> None:
        """Write everything staged so far: the file now shows all earlier commands of the group."""
        if self._rows:
            rows, self._rows = self._rows, []
            _INSERT_EVENTS.write(self.db, rows)
        if self._unfolded:
            events, self._unfolded = self._unfolded, []
            self.wiring.fold(self.db, events)
        if self._unwritten:
            receipts, self._unwritten = self._unwritten, []
            write_receipts(self.db, receipts)
        self.messages.write(self.db)
