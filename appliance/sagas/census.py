"""How many sagas and messages there are in which state, and how long the oldest has been waiting for a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from appliance.eventstore.unit_of_work import UnitOfWork

_SAGAS = """
    SELECT status, count(*) FROM sagas WHERE status IN ('running', 'waiting', 'compensating', 'stuck') GROUP BY status
"""
_READY = "SELECT count(*), min(due_ms) FROM messages WHERE state = 'ready'"
_OVERDUE = "SELECT count(*), min(due_ms) FROM messages WHERE state = 'waiting' AND due_ms <= ?"
_WAITING = "SELECT count(*) FROM messages WHERE state = 'waiting' AND due_ms > ?"
_APART = "SELECT state, count(*) FROM messages WHERE state IN ('leased', 'dead', 'parked') GROUP BY state"


@dataclass(frozen=True, slots=True)
class Census:
    """The figures of one moment; before the first count there is nothing of anything."""

    sagas: Mapping[str, int] = field(default_factory=dict)
    messages: Mapping[str, int] = field(default_factory=dict)
    oldest_due_s: float = 0.0


def count(uow: UnitOfWork) -> Census:
    """Count; only living sagas are looked at, so it costs the same in a store's tenth year."""
    now = uow.messages.now_ms
    ready, since = uow.query(_READY)[0]
    overdue, due = uow.query(_OVERDUE, (now,))[0]
    oldest = min([each for each in (since, due) if each is not None], default=now)
    apart = dict(uow.query(_APART))
    messages = {"due": ready + overdue, "waiting": uow.query(_WAITING, (now,))[0][0], **apart}
    return Census(dict(uow.query(_SAGAS)), messages, max(now - oldest, 0) / 1000)
