"""Taking messages to work on, in lumps, on the writer thread: what is claimed is held durably before anybody runs it.

A message that the process did not survive is suspected of having killed it, and so are those that were out beside it.
After the second such death each of them is run alone, so that only the culprit's count goes on; after the fifth it is
a dead letter.
"""

from __future__ import annotations

from typing import NamedTuple

from appliance.eventstore.messages import DEAD, READY, Change
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.sagas.delivery import COLUMNS, Row

ALONE_FROM_KILLS = 2
MAX_KILLS = 5

_DUE = f"""
    SELECT {COLUMNS} FROM (
      SELECT * FROM (SELECT {COLUMNS} FROM messages WHERE queue = ? AND state = 'ready'
        ORDER BY priority, id LIMIT ?)
      UNION ALL
      SELECT * FROM (SELECT {COLUMNS} FROM messages WHERE queue = ? AND state = 'waiting' AND due_ms <= ?
        ORDER BY due_ms LIMIT ?))
    ORDER BY priority, id LIMIT ?
"""
_NEXT_DUE = "SELECT min(due_ms) FROM messages WHERE queue = ? AND state = 'waiting' AND due_ms > ?"
_ORPHANS = f"SELECT {COLUMNS} FROM messages WHERE state = 'leased' ORDER BY id"
_DUE_SOME_TIME = f"SELECT {COLUMNS} FROM messages WHERE state IN ('ready', 'waiting') ORDER BY id"
_PARKED = f"SELECT {COLUMNS} FROM messages WHERE state = 'parked' ORDER BY id"


class Claimed(NamedTuple):
    """What was claimed; when the next is due that is not yet, 0 where there is none; whether more may be there now."""

    token: str
    rows: list[Row]
    now_ms: int
    next_due_ms: int
    more: bool
    alone: bool


def claim(uow: UnitOfWork, *, queue: str, room: int, out: int, token: str) -> Claimed:
    """Hold due messages under `token`, by priority and then by age; none is ever held twice at once."""
    now = uow.messages.now_ms
    found = [Row(*row) for row in uow.query(_DUE, (queue, room, queue, now, room, room))]
    rows = _together(found, out)
    uow.messages.lease([row.id for row in rows], token)
    next_due = uow.query(_NEXT_DUE, (queue, now))[0][0] or 0
    alone = bool(rows) and rows[0].kills >= ALONE_FROM_KILLS
    return Claimed(token, rows, now, next_due, len(found) == room or len(rows) < len(found), alone)


def _together(found: list[Row], out: int) -> list[Row]:
    """A suspect runs alone: it waits until nothing is out, and nothing is taken with it."""
    if not found:
        return []
    if found[0].kills >= ALONE_FROM_KILLS:
        return [] if out else found[:1]
    suspects = [index for index, row in enumerate(found) if row.kills >= ALONE_FROM_KILLS]
    return found[: suspects[0]] if suspects else found


def give_back_orphans(uow: UnitOfWork, stamp: str) -> tuple[list[Row], list[Row]]:
    """At the start, before any worker: what a dead process held is due at once. Answers (given back, given up)."""
    back, up = [], []
    for row in [Row(*row) for row in uow.query(_ORPHANS)]:
        kills = row.kills + 1
        if kills >= MAX_KILLS:
            uow.messages.change(row.id, _given_up(row, kills, stamp))
            up.append(row)
        else:
            change = Change(queue=row.queue, state=READY, deliveries=row.deliveries, kills=kills, attempts=row.attempts)
            uow.messages.change(row.id, change)
            back.append(row)
    return back, up


def _given_up(row: Row, kills: int, stamp: str) -> Change:
    error = f"the process died {kills} times while it ran"
    return Change(
        queue=row.queue,
        state=DEAD,
        kills=kills,
        attempts=row.attempts,
        error=error,
        failed_at=stamp,
    )


def unpark(uow: UnitOfWork, known_actors: set[str], known_queues: set[str]) -> int:
    """At the start: what was parked for want of its actor or queue and now has both is due again; answers how many."""
    parked = [Row(*row) for row in uow.query(_PARKED)]
    rows = [row for row in parked if row.actor in known_actors and row.queue in known_queues]
    for row in rows:
        uow.messages.change(row.id, Change(queue=row.queue, state=READY))
    return len(rows)


def park_unheard(uow: UnitOfWork, known_queues: set[str], stamp: str) -> list[Row]:
    """At the start: what waits in a queue that this program does not have is parked, where people see it."""
    waiting = [Row(*row) for row in uow.query(_DUE_SOME_TIME)]
    rows = [row for row in waiting if row.queue not in known_queues]
    for row in rows:
        change = Change(queue=row.queue, state=READY, deliveries=row.deliveries, kills=row.kills, attempts=row.attempts)
        uow.messages.change(row.id, change.parked(stamp))
    return rows
