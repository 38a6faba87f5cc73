"""Who works here, under which role."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, cast

from appliance.application.ports import Recorded
from appliance.domain.events_access import OperatorAdded, OperatorDisabled, OperatorPinSet, OperatorRoleChanged
from appliance.projections.base import Database, Opener, Projection

Row = tuple[str, str, str, int, str, int]
"""(operator_id, name, role, active, added_at, version), as it stands in its table."""


class Operators(Projection):
    """One row an operator, disabled ones too."""

    name = "operators"
    version = 1
    handles = frozenset({OperatorAdded, OperatorRoleChanged, OperatorDisabled, OperatorPinSet})
    tables: ClassVar[dict[str, str]] = {
        "operators": """CREATE TABLE {table} (
            operator_id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, active INTEGER NOT NULL,
            added_at TEXT NOT NULL, version INTEGER NOT NULL) STRICT, WITHOUT ROWID""",
    }
    for_decisions = True  # who is let in is read from it at the start

    def apply(self, db: Database, events: Sequence[Recorded], opener: Opener) -> None:  # noqa: ARG002  nothing sealed
        """Fold each operator to their last row, then write that row once."""
        rows = self._rows(db, {cast("Any", each.event).operator_id for each in events})  # all of these have one
        for each in events:
            row = _folded(each, rows.get(cast("Any", each.event).operator_id))
            if row is not None:
                rows[row[0]] = row
        db.executemany(f"REPLACE INTO {self.t('operators')} VALUES (?,?,?,?,?,?)", sorted(rows.values()))

    def _rows(self, db: Database, operator_ids: Iterable[str]) -> dict[str, Row]:
        sql = f"SELECT * FROM {self.t('operators')} WHERE operator_id IN (SELECT value FROM json_each(?))"
        return {row[0]: row for row in db.execute(sql, (json.dumps([*operator_ids]),))}


def _folded(each: Recorded, row: Row | None) -> Row | None:
    event = each.event
    if isinstance(event, OperatorAdded):
        added_at = each.occurred_at if row is None else row[4]
        return (event.operator_id, event.name, event.role, 1, added_at, each.version)
    if row is None:
        return None
    operator_id, name, role, active, added_at, _ = row
    if isinstance(event, OperatorRoleChanged):
        role = event.role
    elif isinstance(event, OperatorDisabled):
        active = 0
    return (operator_id, name, role, active, added_at, each.version)
