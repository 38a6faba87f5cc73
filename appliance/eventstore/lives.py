"""Beginning a new life of the log, and taking back what a former one had: both inside a command, like any event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from appliance.application.ports import Context, Recorded
from appliance.domain.events import StoreIncarnated
from appliance.eventstore import codec
from appliance.eventstore.clock import Clock, rfc3339
from appliance.eventstore.head import Head
from appliance.eventstore.ids import uuid7
from appliance.eventstore.unit_of_work import UnitOfWork

TailRecord = tuple[bytes, bytes]
"""A record as it was stored, and its chain hash."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What somebody who keeps a copy of this log says of it.

    `continues` says that the copy holds our last event and that we may go on as the one who wrote it; `pages` is what
    comes after it. `incarnation` is the latest life that is known of there.
    """

    continues: bool = False
    pages: Iterable[Sequence[TailRecord]] = ()
    incarnation: int = 0
    detail: str = ""


Ask = Callable[[Head], AbstractContextManager[Elsewhere]]
"""Asks for what is known elsewhere of a log that ends here; within seconds, from a thread, and it never raises."""


def begin_life(
    uow: UnitOfWork,
    *,
    cause: str,
    detail: str,
    machine: str,
    clock: Clock,
    after_incarnation: int = 0,
    base: Head | None = None,
    lost_after: int | None = None,
    lost_until: int | None = None,
) -> int:
    """Append the event that begins a new life, and a finding for people; answers its number.

    The life goes on from `base`, by default the log's end. It may lie before that: then what was appended since is
    told anew under the new life, as after a fork.
    """
    base = base or Head(uow.incarnation, uow.position, uow.hash)
    event = StoreIncarnated(
        incarnation=max(uow.incarnation, after_incarnation) + 1,
        base_position=base.position,
        base_hash=base.hash.hex(),
        cause=cause,
        machine=machine,
        lost_after=lost_after,
        lost_until=lost_until,
    )
    uow.append("store", event, context=Context(command_id=uuid7(), occurred_at=clock(), role="system"))
    note(uow, clock, f"incarnation-{cause}", f"incarnation {event.incarnation}", detail)
    return event.incarnation


def adopt(uow: UnitOfWork, records: Sequence[TailRecord], decode: Callable[[bytes], Recorded] = codec.decode) -> int:
    """Append records byte for byte, as this very log once held them; answers the last position.

    A store that nobody looks at yet may `decode` them for the views alone. Raises NotOurs where the first does not
    follow our last event, or any does not follow the one before it.
    """
    for record, digest in records:
        uow.adopt(record, digest, decode)
    uow.keep_adopted()
    return uow.position


def note(uow: UnitOfWork, clock: Clock, kind: str, subject: str, detail: str) -> None:
    """Put a finding where people look."""
    uow.execute(
        "INSERT INTO findings(found_at, kind, subject, position, detail) VALUES (?,?,?,?,?)",
        (rfc3339(clock()), kind, subject, uow.position, detail),
    )
