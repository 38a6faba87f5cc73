"""What head office has sent that cannot be used, until something in its place can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from appliance.application.ports import Recorded
from appliance.domain.events import PriceListActivated
from appliance.domain.events_hq import PriceListRefused, SettingsChanged, SettingsRefused
from appliance.projections.base import Database, Opener, Projection


class HqRefusals(Projection):
    """One row for each policy and price list whose last word was refused."""

    name = "hq_refusals"
    version = 1
    for_decisions = True
    handles = frozenset({PriceListRefused, SettingsRefused, SettingsChanged, PriceListActivated})
    tables: ClassVar[dict[str, str]] = {
        # key: scope and policy, or the manifest's key; version: of the price list.
        "hq_refusals": """CREATE TABLE {table} (
            kind TEXT NOT NULL, key TEXT NOT NULL, version TEXT, fingerprint TEXT NOT NULL, reason TEXT NOT NULL,
            detail TEXT NOT NULL, since TEXT NOT NULL, position INTEGER NOT NULL,
            PRIMARY KEY (kind, key)) STRICT, WITHOUT ROWID""",
    }

    def apply(self, db: Database, events: Sequence[Recorded], opener: Opener) -> None:  # noqa: ARG002  nothing sealed here
        """One by one: there are few of them."""
        refusals = self.t("hq_refusals")
        for each in events:
            event = each.event
            if isinstance(event, SettingsChanged):
                key = f"{event.scope}.{event.key}"
                db.execute(f"DELETE FROM {refusals} WHERE kind = 'setting' AND key = ?", (key,))
            elif isinstance(event, PriceListActivated):
                db.execute(f"DELETE FROM {refusals} WHERE kind = 'pricelist' AND version = ?", (event.version,))
            elif isinstance(event, PriceListRefused | SettingsRefused):
                db.execute(f"REPLACE INTO {refusals} VALUES (?,?,?,?,?,?,?,?)", _row(each, event))


def _row(each: Recorded, event: PriceListRefused | SettingsRefused) -> tuple[object, ...]:
    said = (event.fingerprint, event.reason, event.detail, each.occurred_at, each.position)
    if isinstance(event, PriceListRefused):
        return ("pricelist", event.key, event.version, *said)
    return ("setting", f"{event.scope}.{event.key}", None, *said)
