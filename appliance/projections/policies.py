"""The policies that were set from afar, each by the scope that says it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import ClassVar

from appliance.application.ports import Recorded
from appliance.domain.events_hq import SettingsChanged
from appliance.projections.base import Database, Opener, Projection


class Policies(Projection):
    """One row for what a scope says of a policy now."""

    name = "policies"
    version = 1
    for_decisions = True
    handles = frozenset({SettingsChanged})
    tables: ClassVar[dict[str, str]] = {
        "policies": """CREATE TABLE {table} (
            scope TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, revision INTEGER NOT NULL,
            since TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (scope, key)) STRICT, WITHOUT ROWID""",
    }

    def apply(self, db: Database, events: Sequence[Recorded], opener: Opener) -> None:  # noqa: ARG002  nothing sealed here
        """One by one: there are few of them."""
        policies = self.t("policies")
        for each in events:
            event = each.event
            if not isinstance(event, SettingsChanged):
                continue
            if event.value is None:
                db.execute(f"DELETE FROM {policies} WHERE scope = ? AND key = ?", (event.scope, event.key))
                continue
            value = json.dumps(event.value, ensure_ascii=False)
            row = (event.scope, event.key, value, event.revision, each.occurred_at, each.position)
            db.execute(f"REPLACE INTO {policies} VALUES (?,?,?,?,?,?)", row)
