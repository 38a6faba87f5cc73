"""What head office sends, consumed exactly once and in order.

One unit of work per message: the inner attempt carries the command out, the outer writes what became of it, as an
event that names the command, and how far the messages are consumed. A command is known again by its id, whatever
sequence it comes under: so it happens once though head office sends it twice, lost its streams, or we were restored.
What cannot be read is known again by its hash.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from appliance.application.ports import Context, Outcome, Recorded, UnitOfWork
from appliance.domain.events import Event
from appliance.domain.events_hq import CommandApplied, CommandRefused
from appliance.domain.refusals import Refusal
from appliance.domain.refusals_hq import CommandExpired, CommandIdReused

CURSOR = "hq-commands"
_READ = "SELECT position, detail FROM cursors WHERE name = ?"
_WRITE = (
    "INSERT INTO cursors(name, position, detail, updated_at) VALUES (?,?,?,?) ON CONFLICT(name) DO UPDATE"
    " SET position = excluded.position, detail = excluded.detail, updated_at = excluded.updated_at"
)
MAX_DETAIL = 500

Run = Callable[[object, UnitOfWork, Context], Outcome]
"""Carries out one application command: the front door, from within a unit of work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far head office's messages are consumed: the last one, and its hash, by which the stream is known again."""

    sequence: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as it came."""

    sequence: int
    sha256: str
    command_id: str | None = None
    type: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumed:
    """What became of a message; `events` are all it wrote."""

    outcome: Literal["applied", "refused", "repeated"]
    reason: str = ""
    detail: str = ""
    events: tuple[Recorded, ...] = ()


class Unreadable(Refusal):
    """A message that is no command of ours; `reason` says in what way."""

    def __init__(self, reason: str, detail: str, *, at: str | None = None) -> None:
        super().__init__(detail, at=at)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What became of a command that has come before."""

    sha256: str


def evolve(state: Known | None, event: Event) -> Known:
    """The first outcome is the only one there is."""
    if state is None and isinstance(event, CommandApplied | CommandRefused):
        return Known(sha256=event.sha256)
    return state or Known(sha256="")


def cursor(uow: UnitOfWork) -> Cursor:
    """How far we are."""
    rows = uow.query(_READ, (CURSOR,))
    return Cursor(sequence=rows[0][0], sha256=json.loads(rows[0][1]).get("sha256", "")) if rows else Cursor()


def stream_of(message: Message) -> str:
    """Where the outcome of a message stands."""
    if message.command_id is None:
        return f"hq-unreadable-{message.sha256}"
    return f"hq-command-{message.command_id}"


def known(uow: UnitOfWork, message: Message) -> Known | None:
    """What is known of this very command, if it has come before."""
    found, _ = uow.load(stream_of(message), Known, evolve)
    return found


def consume(
    uow: UnitOfWork,
    message: Message,
    work: tuple[object, ...] | Refusal,
    context: Context,
    run: Run,
    stamp: str,
) -> Consumed:
    """Carry a message out, once, and write down that it was consumed; `work` is its commands, or why there are none."""
    found = _consume(uow, message, work, context, run)
    uow.execute(_WRITE, (CURSOR, message.sequence, json.dumps({"sha256": message.sha256}), stamp))
    return found


def _consume(
    uow: UnitOfWork, message: Message, work: tuple[object, ...] | Refusal, context: Context, run: Run
) -> Consumed:
    before = known(uow, message)
    if before is not None:
        if before.sha256 == message.sha256:
            return Consumed(outcome="repeated")
        reused = CommandIdReused(f"{message.command_id} came before with other content.", at="/command_id")
        stranger = Message(sequence=message.sequence, sha256=message.sha256)
        if known(uow, stranger) is not None:
            return Consumed(outcome="repeated")
        return _refused(uow, message, reused, context, stream_of(stranger))
    if isinstance(work, Refusal):
        return _refused(uow, message, work, context, stream_of(message))
    try:
        return uow.attempt(lambda within: _applied(within, message, work, context, run))
    except Refusal as refusal:
        return _refused(uow, message, refusal, context, stream_of(message))


def _applied(uow: UnitOfWork, message: Message, work: tuple[object, ...], context: Context, run: Run) -> Consumed:
    if message.expires_at is not None and message.expires_at < context.occurred_at:
        raise CommandExpired(f"It held until {message.expires_at.isoformat()}.", at="/expires_at")
    events: list[Recorded] = []
    ids: dict[str, str] = {}
    for command in work:
        outcome = run(command, uow, context)
        events += outcome.events
        ids |= outcome.ids
    event = CommandApplied(
        command_id=message.command_id or "",
        sequence=message.sequence,
        type=message.type or "",
        sha256=message.sha256,
        first_position=events[0].position if events else None,
        last_position=events[-1].position if events else None,
        ids=ids,
    )
    events += uow.append(stream_of(message), event, context=context, expected=0)
    return Consumed(outcome="applied", events=tuple(events))


def _refused(uow: UnitOfWork, message: Message, refusal: Refusal, context: Context, stream: str) -> Consumed:
    reason = refusal.reason if isinstance(refusal, Unreadable) else refusal.code
    event = CommandRefused(
        command_id=message.command_id,
        sequence=message.sequence,
        type=message.type,
        sha256=message.sha256,
        reason=reason,
        detail=refusal.detail[:MAX_DETAIL],
        at=refusal.at,
    )
    events = uow.append(stream, event, context=context)
    return Consumed(outcome="refused", reason=reason, detail=event.detail, events=tuple(events))
