"""Where each saga stands: one row a saga. Its story, step by step, is read from its own stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from appliance.application.ports import Recorded
from appliance.domain import events_saga as s
from appliance.eventstore.bulk import Bulk
from appliance.projections.base import Database, Opener, Projection

_Columns = dict[str, Any]

COLUMNS = (
    "saga_id", "definition", "version", "subject", "status", "step", "undoing", "attempts", "code", "detail", "reason",
    "started_at", "updated_at", "finished_at", "position",
)  # fmt: skip

_CHANGING = ("status", "step", "undoing", "attempts", "code", "detail", "reason", "updated_at", "finished_at")


def _completed_step(row: _Columns, event: s.SagaStepCompleted) -> None:
    status = row["status"] if row["undoing"] else "running"
    row.update(status=status, step=event.next, attempts=0, code=None, detail=None)


def _waiting(row: _Columns, event: s.SagaStepWaiting) -> None:
    row.update(status="waiting", step=event.step)


def _escalated(row: _Columns, _: s.SagaEscalated) -> None:
    row.update(code="overdue", detail="Nobody has come yet.")


def _held(row: _Columns, event: s.SagaStepHeld) -> None:
    row.update(code=event.code, detail=event.detail)


def _retried(row: _Columns, event: s.SagaRetryScheduled) -> None:
    row.update(attempts=event.attempt, code=event.code, detail=event.detail)


def _turned(row: _Columns, event: s.SagaCompensationStarted) -> None:
    row.update(
        status="compensating", undoing=1, step=event.next, attempts=0, code=event.code, detail=None,
        reason=event.reason,
    )  # fmt: skip


def _undone(row: _Columns, event: s.SagaStepUndone) -> None:
    row.update(status="compensating", step=event.next, attempts=0, detail=None)


def _stuck(row: _Columns, event: s.SagaStuck) -> None:
    row.update(status="stuck", code=event.code, detail=event.detail)


def _cancel(row: _Columns, event: s.SagaCancelRequested) -> None:
    row.update(reason=event.reason)


def _acted(row: _Columns, event: s.SagaOperatorActed) -> None:
    if event.action == "retry":
        row.update(status="compensating" if row["undoing"] else "running", attempts=0, code=None, detail=None)


def _completed(row: _Columns, _: s.SagaCompleted) -> None:
    row.update(status="completed", step=None, code=None, detail=None)


def _compensated(row: _Columns, event: s.SagaCompensated) -> None:
    row.update(status="compensated", step=None, reason=event.reason)


_FOLD: Mapping[type, Callable[[_Columns, Any], None]] = {
    s.SagaStepCompleted: _completed_step,
    s.SagaStepWaiting: _waiting,
    s.SagaEscalated: _escalated,
    s.SagaStepHeld: _held,
    s.SagaRetryScheduled: _retried,
    s.SagaCompensationStarted: _turned,
    s.SagaStepUndone: _undone,
    s.SagaStuck: _stuck,
    s.SagaCancelRequested: _cancel,
    s.SagaOperatorActed: _acted,
    s.SagaCompleted: _completed,
    s.SagaCompensated: _compensated,
}
_FINISHED = (s.SagaCompleted, s.SagaCompensated)
KEPT_ROWS = 5_000  # remembered; when there are more, the store begins anew with those it moves now


class Sagas(Projection):
    """One row a saga, read, folded and written once a batch."""

    name = "sagas"
    version = 1
    for_decisions = True  # a start proves by it that every living saga holds a message
    handles = frozenset({s.SagaStarted, *_FOLD})
    tables: ClassVar[dict[str, str]] = {
        "sagas": """CREATE TABLE {table} (
            saga_id TEXT PRIMARY KEY, definition TEXT NOT NULL, version INTEGER NOT NULL, subject TEXT NOT NULL,
            status TEXT NOT NULL, step TEXT, undoing INTEGER NOT NULL, attempts INTEGER NOT NULL, code TEXT,
            detail TEXT, reason TEXT, started_at TEXT NOT NULL, updated_at TEXT NOT NULL, finished_at TEXT,
            position INTEGER NOT NULL) STRICT, WITHOUT ROWID""",
    }
    indexes: ClassVar[dict[str, str]] = {
        "sagas_by_position": "sagas(position)",
        "sagas_by_status": "sagas(status, position)",
        "sagas_by_subject": "sagas(subject)",
    }

    def __init__(self, suffix: str = "") -> None:
        super().__init__(suffix)
        columns, table = ", ".join(COLUMNS), self.t("sagas")
        self._kept: dict[str, _Columns] | None = None
        self._read = f"SELECT {columns} FROM {table} WHERE saga_id = ?"
        changes = ", ".join(f"{name} = excluded.{name}" for name in _CHANGING)
        self._write = Bulk(
            columns,
            f"INSERT INTO {table} ({columns}) SELECT * FROM given WHERE true ON CONFLICT DO UPDATE SET {changes}",
        )

    def remember(self) -> None:
        """Keep the rows of sagas under way in memory: each is read at every step and changed by nobody else."""
        self._kept = {}

    def apply(self, db: Database, events: Sequence[Recorded], opener: Opener) -> None:
        """Fold the batch in memory, from the rows as they stand."""
        del opener
        rows: dict[str, _Columns] = {}
        for each in events:
            event: Any = each.event
            if isinstance(event, s.SagaStarted):
                rows[event.saga_id] = _begun(each, event)
                continue
            row = rows.get(event.saga_id) or self._row(db, event.saga_id)
            if row is not None:
                rows[event.saga_id] = row
                _FOLD[type(event)](row, event)
                row["updated_at"] = each.recorded_at
                if isinstance(event, _FINISHED):
                    row["finished_at"] = each.recorded_at
        self._write.write(db, [tuple(row.values()) for row in rows.values()])
        if self._kept is not None:
            self._keep(self._kept, rows)

    def _row(self, db: Database, saga_id: str) -> _Columns | None:
        kept = self._kept.get(saga_id) if self._kept else None
        if kept is not None:
            return kept
        found = db.execute(self._read, (saga_id,)).fetchone()
        return dict(zip(COLUMNS, found, strict=True)) if found else None

    @staticmethod
    def _keep(kept: dict[str, _Columns], rows: Mapping[str, _Columns]) -> None:
        if len(kept) > KEPT_ROWS:
            kept.clear()
        for saga_id, row in rows.items():
            if row["finished_at"] is None:
                kept[saga_id] = row
            else:
                kept.pop(saga_id, None)


def _begun(each: Recorded, event: s.SagaStarted) -> _Columns:
    return {
        "saga_id": event.saga_id, "definition": event.definition, "version": event.version, "subject": event.subject,
        "status": "running", "step": event.next, "undoing": 0, "attempts": 0, "code": None, "detail": None,
        "reason": None, "started_at": each.recorded_at, "updated_at": each.recorded_at, "finished_at": None,
        "position": each.position,
    }  # fmt: skip
