"""One command's unit of work: it stages into lists of its own and hands them to the group only when it succeeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar, cast

import msgspec

from appliance.application.ports import Context, Recorded
from appliance.application.receipts import Receipt
from appliance.domain.events import Event, StoreIncarnated
from appliance.domain.refusals import Refusal
from appliance.errors import NotOurs, RecordTooLarge, StaleVersion
from appliance.eventstore import adopted, codec, log
from appliance.eventstore.chain import MAX_RECORD_BYTES, link
from appliance.eventstore.clock import rfc3339
from appliance.eventstore.group import Group
from appliance.eventstore.head import Head
from appliance.eventstore.ids import derived_uuid7, trace, trace_of, uuid7
from appliance.eventstore.memory import MISSING, STALE, Key, Layer
from appliance.eventstore.messages import Messages, Staged
from appliance.eventstore.receipts import replace_receipt
from appliance.eventstore.snapshots import SNAPSHOT_EVERY, read_snapshot, write_snapshot

T = TypeVar("T")

_SAVEPOINT = "command"
_INNER = "attempt"  # may be nested: SQLite takes the innermost of a name


class _Stamps(NamedTuple):
    """What all records of one command share."""

    context: Context
    occurred_at: str
    recorded_at: str
    metadata: dict[str, Any]
    encoded: msgspec.Raw


class _Staged(NamedTuple):
    """How far a command had come when an attempt began."""

    head: Head
    rows: int
    events: int
    versions: dict[str, int]
    values: dict[Key, Any]
    receipt: Receipt | None
    messages: Staged


class UnitOfWork:
    """What a handler sees of the store. Lives on the writer thread, inside the group's transaction."""

    def __init__(self, group: Group) -> None:
        self._group = group
        self._incarnation, self._position, self._hash = group.head
        self._layer = Layer(group.values, group.memory)
        self.messages = Messages(self._layer, group.select, group.wiring.steady, group.stamp, group.heard)
        self._rows: list[tuple[Any, ...]] = []
        self._events: list[Recorded] = []
        self._versions: dict[str, int] = {}
        self._receipt: Receipt | None = None
        self._savepoint = False
        self._stamped: _Stamps | None = None

    # --- what the store is --------------------------------------------------------------------------------------

    @property
    def incarnation(self) -> int:
        """The log's present incarnation."""
        return self._incarnation

    @property
    def position(self) -> int:
        """The last position given out so far, this command's own events included."""
        return self._position

    @property
    def hash(self) -> bytes:
        """The chain's hash at `position`."""
        return self._hash

    def version(self, stream_id: str) -> int:
        """The stream's last version, own events included; 0 where it does not exist."""
        own = self._versions.get(stream_id)
        if own is not None:
            return own
        return self._group.version(stream_id)

    # --- reading ------------------------------------------------------------------------------------------------

    def load(self, stream_id: str, state: type[T], evolve: Callable[[T | None, Event], T]) -> tuple[T | None, int]:
        """Fold the stream, starting from memory or a snapshot where there is one; (None, 0) if it is new.

        Own events of this command are in it.
        """
        key: Key = ("stream", stream_id)
        found = self._layer.peek(key)
        if found is MISSING or found is STALE:
            if stream_id in self._group.streams:
                self._group.settle()
            found = self._fold(stream_id, state, evolve)
            self._layer.put(key, found)
        if stream_id in self._versions:
            return self._with_own(stream_id, found[0], found[1], evolve), self._versions[stream_id]
        return cast("tuple[T | None, int]", found)

    def _with_own(
        self, stream_id: str, state: T | None, version: int, evolve: Callable[[T | None, Event], T]
    ) -> T | None:
        for each in self._events:
            if each.stream_id == stream_id and each.version > version:
                state = evolve(state, each.event)
        return state

    def _fold(self, stream_id: str, state: type[T], evolve: Callable[[T | None, Event], T]) -> tuple[T | None, int]:
        db = self._group.db
        newest = self._group.version(stream_id)
        if newest == 0:
            return None, 0
        folded, version = read_snapshot(db, stream_id, state, newest)
        since = version
        for recorded in log.stream(db, stream_id, version):
            folded, version = evolve(folded, recorded.event), recorded.version
        if folded is not None and version - since >= SNAPSHOT_EVERY:
            write_snapshot(db, stream_id, version, folded)
        return folded, version

    def fact(self, key: Key, read: Callable[..., T], *given: Any) -> T:
        """A decision's fact: from memory, else read from the file as of all earlier commands of the group."""
        value = self._layer.peek(key)
        if value is STALE:
            self._group.settle()
        elif value is not MISSING:
            known: T = value
            return known
        found = read(*given, self._group.select)
        if self._layer.own.get(key) is not STALE:  # what this command itself made stale is not in the file yet
            self._layer.put(key, found)
        return found

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of the inline projections as of all earlier commands."""
        self._group.settle()
        return self._group.select(sql, parameters)

    def events(self, first: int, final: int) -> list[Recorded]:
        """Events already in the log, by position."""
        self._group.settle()
        return log.between(self._group.db, first, final)

    def receipt(self, scope: str, key: str) -> Receipt | None:
        """The receipt for a key, this group's included, and what is known of one that a restore lost."""
        found = self._group.receipt(scope, key)
        if found is None and self.fact(adopted.ANY, adopted.are_there):
            found = self._group.receipt(adopted.SCOPE, trace_of(scope, key))
            return found and replace(found, scope=scope, key=key)
        return found

    # --- staging ------------------------------------------------------------------------------------------------

    def append(self, stream_id: str, *events: Event, context: Context, expected: int | None = None) -> list[Recorded]:
        """Stage events at the end of a stream; raises StaleVersion, RecordTooLarge."""
        version = self._version_for(stream_id, expected)
        if expected is not None and expected != version:
            detail = f"It is at version {version}, not {expected}."
            raise StaleVersion(detail, version=version, expected=expected)
        stamps = self._stamps(context)
        return [self._stage(stream_id, version + n, event, stamps, context) for n, event in enumerate(events, 1)]

    def _version_for(self, stream_id: str, expected: int | None) -> int:
        """The version to go on from. That a new stream is new is left to the table's UNIQUE constraint.

        Where it does exist, the constraint breaks the group, whose commands then run one by one and look first: a
        read less for every sale, and the same refusal.
        """
        if expected == 0 and not self._group.careful and stream_id not in self._group.streams:
            return self._versions.get(stream_id, 0)
        return self.version(stream_id)

    def _stamps(self, context: Context) -> _Stamps:
        if self._stamped is None or self._stamped.context is not context:
            occurred_at = rfc3339(context.occurred_at)
            metadata = _metadata(context)
            self._stamped = _Stamps(
                context,
                occurred_at,
                occurred_at if context.id_seed else self._group.stamp,
                metadata,
                codec.encode_metadata(metadata),
            )
        return self._stamped

    def _stage(self, stream_id: str, version: int, event: Event, stamps: _Stamps, context: Context) -> Recorded:
        position = self._position + 1
        incarnation = event.incarnation if type(event) is StoreIncarnated else self._incarnation
        name, data, record = codec.encode_event(
            event,
            position=position,
            incarnation=incarnation,
            event_id=uuid7() if context.id_seed is None else self._derived_id(context),
            stream_id=stream_id,
            version=version,
            occurred_at=stamps.occurred_at,
            recorded_at=stamps.recorded_at,
            metadata=stamps.encoded,
        )
        if len(record) > MAX_RECORD_BYTES:
            detail = f"The record would have {len(record)} bytes; {MAX_RECORD_BYTES} is the most."
            raise RecordTooLarge(detail, bytes=len(record), limit=MAX_RECORD_BYTES)
        self._position, self._incarnation, self._hash = position, incarnation, link(self._hash, record)
        self._versions[stream_id] = version
        self._rows.append((position, stream_id, version, name, record.decode(), self._hash))
        times = (stamps.occurred_at, stamps.recorded_at)
        recorded = Recorded(position, stream_id, version, name, *times, stamps.metadata, event, incarnation, data)
        self._take(recorded)
        return recorded

    def _take(self, recorded: Recorded) -> None:
        self._events.append(recorded)
        touch = self._group.wiring.touches.get(type(recorded.event))
        if touch is not None:
            touch(self._layer, recorded)

    def adopt(self, record: bytes, digest: bytes, decode: Callable[[bytes], Recorded] = codec.decode) -> Recorded:
        """Stage a record byte for byte that this very log held before it lost its tail. Raises NotOurs."""
        recorded = _decoded(record, decode)
        position = self._position + 1
        if recorded.position != position or link(self._hash, record) != digest:
            detail = f"Event {recorded.position} does not follow our event {self._position}."
            raise NotOurs(detail, position=recorded.position)
        if (
            recorded.version != self._version_for(recorded.stream_id, recorded.version - 1) + 1
            or recorded.incarnation < self._incarnation
        ):
            detail = f"Event {position} is version {recorded.version} of {recorded.stream_id}, which is not next here."
            raise NotOurs(detail, position=position)
        self._position, self._incarnation, self._hash = position, recorded.incarnation, digest
        self._versions[recorded.stream_id] = recorded.version
        row = (position, recorded.stream_id, recorded.version, recorded.type, record.decode(), digest)
        self._rows.append(row)
        self._take(recorded)
        return recorded

    def keep_adopted(self) -> None:
        """Let the keys be known again that the adopted events were booked under."""
        found = adopted.receipts(self._events, trace)
        for each in found:
            before = self._group.receipt(adopted.SCOPE, each.key)
            if before is not None:  # it began on an earlier page
                before.last_position = each.last_position
            self._save()
            replace_receipt(self._group.db, before or each)
        if found:
            self._layer.put(adopted.ANY, True)

    def _derived_id(self, context: Context) -> str:
        milliseconds = int(context.occurred_at.timestamp() * 1000)
        return derived_uuid7(f"{context.id_seed}:{len(self._events)}", milliseconds)

    def keep_receipt(self, receipt: Receipt) -> None:
        """Stage the command's receipt."""
        self._receipt = receipt

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """A direct write under this command's savepoint; returns the rows it changed."""
        self._save()
        return self._group.db.execute(sql, parameters).rowcount

    def enqueue(
        self, queue: str, actor: str, body: bytes, *, delay_ms: int = 0, priority: int = 0, saga: str | None = None
    ) -> int:
        """Stage a message; returns its id. It is due once `delay_ms` of the store's steady time have passed."""
        return self.messages.add(
            queue, actor, body, saga,
            delay_ms=delay_ms, priority=priority, position=self._position, stamp=self._group.stamp,
        )  # fmt: skip

    def _save(self) -> None:
        if not self._savepoint:
            self._group.settle()
            self._group.db.execute(f"SAVEPOINT {_SAVEPOINT}")
            self._savepoint = True

    # --- within -------------------------------------------------------------------------------------------------

    def attempt(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run `work` inside this command; where it is refused nothing of it stays, and the refusal is raised on.

        Whoever catches the refusal may go on with this unit of work: what was staged before still stands.

        Any other error ends the whole command, as ever. Commands that need no attempt pay nothing for it.
        """
        self._save()
        before = self._staged()
        self._group.db.execute(f"SAVEPOINT {_INNER}")
        try:
            result = work(self)
        except Refusal:
            self._group.db.execute(f"ROLLBACK TO {_INNER}")
            self._group.db.execute(f"RELEASE {_INNER}")
            self._return_to(before)
            raise
        self._group.db.execute(f"RELEASE {_INNER}")
        return result

    def _staged(self) -> _Staged:
        head = Head(self._incarnation, self._position, self._hash)
        counts = len(self._rows), len(self._events)
        return _Staged(
            head, *counts, dict(self._versions), dict(self._layer.own), self._receipt, self.messages.staged.copy()
        )

    def _return_to(self, before: _Staged) -> None:
        self._incarnation, self._position, self._hash = before.head
        del self._rows[before.rows :], self._events[before.events :]
        self._versions, self._layer.own, self._receipt = before.versions, before.values, before.receipt
        self.messages.staged = before.messages

    # --- the end ------------------------------------------------------------------------------------------------

    def succeed(self) -> None:
        """Let what was recorded set off what it does, and hand everything staged to the group."""
        self._react()
        if self._savepoint:
            self._group.db.execute(f"RELEASE {_SAVEPOINT}")
        for stream_id, version in self._versions.items():
            self._forget_state(stream_id, version)
        head = Head(self._incarnation, self._position, self._hash)
        self._group.admit(head, self._rows, self._events, self._layer.own, self.messages.staged)
        if self._receipt is not None:
            self._group.keep(self._receipt)

    def _react(self) -> None:
        if self._stamped is None:  # nothing was appended; what was adopted has set off long ago what it does
            return
        reactions = self._group.wiring.reactions
        for recorded in [each for each in self._events if type(each.event) in reactions]:
            reactions[type(recorded.event)](self, recorded, self._stamped.context)

    def _forget_state(self, stream_id: str, version: int) -> None:
        """What was not kept up with this command's events is read again; what was, is as good as read."""
        key: Key = ("stream", stream_id)
        known = self._layer.peek(key)
        if known is not MISSING and (known is STALE or known[1] != version):
            self._layer.stale(key)

    def abandon(self) -> None:
        """Leave nothing behind: direct writes are rolled back, the rest was never handed over."""
        if self._savepoint and self._group.db.in_transaction:
            self._group.db.execute(f"ROLLBACK TO {_SAVEPOINT}")
            self._group.db.execute(f"RELEASE {_SAVEPOINT}")


def _decoded(record: bytes, decode: Callable[[bytes], Recorded]) -> Recorded:
    try:
        return decode(record)
    except (codec.UnknownEvent, msgspec.MsgspecError, UnicodeDecodeError) as error:
        detail = f"It holds an event that this program cannot read: {error}."
        raise NotOurs(detail) from error


def _metadata(context: Context) -> dict[str, Any]:
    """What the record says of the request; empty values are left out, here as there: live and re-read are the same."""
    found = {
        "command_id": context.command_id,
        "correlation_id": context.correlation_id or context.command_id,
        "causation_id": context.causation_id,
        "device": context.device,
        "operator": context.operator,
        "traceparent": context.traceparent,
    }
    return {name: value for name, value in found.items() if value is not None}
