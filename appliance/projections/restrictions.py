"""What may not be sold, and where: products under recall, registers that are shut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from appliance.application.ports import Recorded
from appliance.domain.events_hq import ProductRecalled, RecallLifted, RegisterReopened, RegisterShut
from appliance.projections.base import Database, Opener, Projection


class Restrictions(Projection):
    """One row for what is under a restriction now; none for the rest."""

    name = "restrictions"
    version = 1
    for_decisions = True
    handles = frozenset({ProductRecalled, RecallLifted, RegisterShut, RegisterReopened})
    tables: ClassVar[dict[str, str]] = {
        "recalls": """CREATE TABLE {table} (
            product_id TEXT PRIMARY KEY, recall_id TEXT NOT NULL, reason TEXT NOT NULL, since TEXT NOT NULL,
            position INTEGER NOT NULL) STRICT, WITHOUT ROWID""",
        "shut_registers": """CREATE TABLE {table} (
            register_id TEXT PRIMARY KEY, reason TEXT NOT NULL, since TEXT NOT NULL,
            position INTEGER NOT NULL) STRICT, WITHOUT ROWID""",
    }

    def apply(self, db: Database, events: Sequence[Recorded], opener: Opener) -> None:  # noqa: ARG002  nothing sealed here
        """One by one: there are few of them."""
        recalls, registers = self.t("recalls"), self.t("shut_registers")
        for each in events:
            event = each.event
            if isinstance(event, ProductRecalled):
                row = (event.product_id, event.recall_id, event.reason, each.occurred_at, each.position)
                db.execute(f"REPLACE INTO {recalls} VALUES (?,?,?,?,?)", row)
            elif isinstance(event, RecallLifted):
                db.execute(f"DELETE FROM {recalls} WHERE product_id = ?", (event.product_id,))
            elif isinstance(event, RegisterShut):
                shut = (event.register_id, event.reason, each.occurred_at, each.position)
                db.execute(f"REPLACE INTO {registers} VALUES (?,?,?,?)", shut)
            elif isinstance(event, RegisterReopened):
                db.execute(f"DELETE FROM {registers} WHERE register_id = ?", (event.register_id,))
