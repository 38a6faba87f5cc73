"""Sagas: where they stand, and each one's story as its own events tell it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from appliance.application.ports import Recorded
from appliance.domain import events_saga as s
from appliance.eventstore import codec
from appliance.queries import cursors
from appliance.queries.pages import Item, cut
from appliance.queries.pool import Pool

NEWEST = 2**62
_FIELDS = (
    "saga_id", "definition", "version", "subject", "status", "step", "attempts", "code", "detail", "reason",
    "started_at", "updated_at", "finished_at",
)  # fmt: skip
_SUMMARY = ", ".join(_FIELDS)
_HISTORY = "SELECT CAST(record AS BLOB) FROM events WHERE stream_id = ? ORDER BY version"
_MESSAGE = "SELECT id, state, due_ms, deliveries, attempts, error FROM messages WHERE saga = ?"


async def page(pool: Pool, *, limit: int, status: str | None = None, cursor: str | None = None) -> Item:
    """Sagas, newest first; those in one state if asked for."""
    view = f"sagas:{status}"
    before = cursors.decode(view, cursor, int)[0] if cursor else NEWEST
    which = "" if status is None else "AND status = :status"
    sql = f"SELECT {_SUMMARY}, position FROM sagas WHERE position < :before {which} ORDER BY position DESC LIMIT :limit"
    parameters = {"before": before, "limit": limit + 1} | ({} if status is None else {"status": status})
    rows = await pool.rows("sagas", sql, parameters)
    return cut(rows, limit, view, lambda row: [row[-1]], lambda row: dict(zip(_FIELDS, row[:-1], strict=True)))


async def get(pool: Pool, saga_id: str) -> Item | None:
    """A saga, with its steps, its story and the message it holds."""
    row = await pool.row("saga", f"SELECT {_SUMMARY} FROM sagas WHERE saga_id = ?", (saga_id,))
    if row is None:
        return None
    events = await history(pool, saga_id)
    message = await pool.row("saga_message", _MESSAGE, (saga_id,))
    return {
        **dict(zip(_FIELDS, row, strict=True)),
        "steps": steps(events),
        "story": [_told(each) for each in events],
        "message": None if message is None else _message(message),
        "events": len(events),
    }


async def history(pool: Pool, saga_id: str) -> list[Recorded]:
    """A saga's events, oldest first."""
    rows = await pool.rows("saga_history", _HISTORY, (f"saga-{saga_id}",))
    return [codec.decode(bytes(record)) for (record,) in rows]


def _message(row: Sequence[Any]) -> Item:
    names = ("id", "state", "due_ms", "deliveries", "attempts", "error")
    return dict(zip(names, row, strict=True))


def _told(each: Recorded) -> Item:
    facts = msgspec.to_builtins(each.event)
    del facts["saga_id"]
    return {"at": each.recorded_at, "type": each.type, **facts}


# --- steps -----------------------------------------------------------------------------------------------------


def steps(events: Sequence[Recorded]) -> list[Item]:
    """Every step that was begun, in order: done or undone, its times, attempts, errors and results."""
    found: dict[tuple[str, bool], Item] = {}
    for each in events:
        note = _NOTES.get(type(each.event))
        if note is not None:
            note(found, each)
    return list(found.values())


_Found = dict[tuple[str, bool], Item]


def _step(found: _Found, each: Recorded, name: str, *, undoing: bool) -> Item:
    return found.setdefault(
        (name, undoing),
        {
            "step": name,
            "direction": "undo" if undoing else "do",
            "status": "running",
            "attempts": 0,
            "started_at": each.recorded_at,
            "finished_at": None,
            "result": None,
            "note": None,
            "errors": [],
        },
    )


def _ended(item: Item, each: Recorded, event: s.SagaStepCompleted | s.SagaStepUndone, status: str) -> None:
    if not item["errors"] and event.started_at is not None:
        item["started_at"] = event.started_at
    item.update(
        status="skipped" if event.skipped else status,
        attempts=event.attempt,
        finished_at=each.recorded_at,
        result=event.result,
        note=event.note or ("found by asking" if getattr(event, "found", False) else None),
    )


def _completed(found: _Found, each: Recorded) -> None:
    event: Any = each.event
    _ended(_step(found, each, event.step, undoing=False), each, event, "done")


def _undone(found: _Found, each: Recorded) -> None:
    event: Any = each.event
    _ended(_step(found, each, event.step, undoing=True), each, event, "undone")


def _waiting(found: _Found, each: Recorded) -> None:
    event: Any = each.event
    _step(found, each, event.step, undoing=False).update(status="waiting")


def _error(item: Item, each: Recorded, code: str, detail: str, attempt: int | None) -> None:
    item["errors"].append({"at": each.recorded_at, "attempt": attempt, "code": code, "detail": detail})


def _retried(found: _Found, each: Recorded) -> None:
    event: Any = each.event
    item = _step(found, each, event.step, undoing=event.undoing)
    if event.started_at and not item["errors"]:
        item["started_at"] = event.started_at
    item.update(status="retrying", attempts=event.attempt)
    _error(item, each, event.code, event.detail, event.attempt)


def _held(found: _Found, each: Recorded) -> None:
    event: Any = each.event
    undoing = (event.step, True) in found
    item = _step(found, each, event.step, undoing=undoing)
    item["status"] = "held"
    _error(item, each, event.code, event.detail, None)


def _turned(found: _Found, each: Recorded) -> None:
    event: Any = each.event
    item = found.get((event.step, False))
    if item is None and event.code in _OF_SAGA:
        return
    item = item or _step(found, each, event.step, undoing=False)
    if item["finished_at"] is None:
        item.update(status="unknown" if event.unknown else "failed", finished_at=each.recorded_at)
        if not item["errors"] or item["errors"][-1]["code"] != event.code:
            _error(item, each, event.code, event.reason, None)


def _stuck(found: _Found, each: Recorded) -> None:
    event: Any = each.event
    item = _step(found, each, event.step, undoing=event.undoing)
    item["status"] = "stuck"
    _error(item, each, event.code, event.detail, None)


_OF_SAGA = frozenset({"cancelled", "deadline", "operator"})
_NOTES: Mapping[type, Callable[[_Found, Recorded], None]] = {
    s.SagaStepCompleted: _completed,
    s.SagaStepUndone: _undone,
    s.SagaStepWaiting: _waiting,
    s.SagaRetryScheduled: _retried,
    s.SagaStepHeld: _held,
    s.SagaCompensationStarted: _turned,
    s.SagaStuck: _stuck,
}
