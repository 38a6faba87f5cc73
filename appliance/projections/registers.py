"""The registers, the numbers on their receipts, and what should be in their drawers.

Everything on a register since its last Z belongs to its current session, whether or not the drawer was opened: so
nothing falls between two Zs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, cast, get_args

from appliance.application.ports import Recorded
from appliance.domain import events as e
from appliance.projections.base import Database, Opener, Projection
from appliance.projections.drawers import NOTES, SUMS, Drawers, Register

Wanted = (  # what has a register
    e.SaleCompleted
    | e.SaleVoided
    | e.RefundCompleted
    | e.RegisterAdded
    | e.DrawerOpened
    | e.DrawerPaidIn
    | e.DrawerPaidOut
    | e.DrawerCounted
    | e.DrawerClosed
)


class Registers(Projection):
    """What stands at each register now, and each drawer session's totals: an X report any time, a Z at close."""

    name = "registers"
    version = 1
    for_decisions = True
    handles = frozenset(get_args(Wanted))
    tables: ClassVar[dict[str, str]] = {
        # session: the current one, from 1; after_position: that of the last Z, 0 before the first.
        "registers": """CREATE TABLE {table} (
            register_id TEXT PRIMARY KEY, name TEXT NOT NULL, position INTEGER NOT NULL, version INTEGER NOT NULL,
            session INTEGER NOT NULL, session_open INTEGER NOT NULL, after_position INTEGER NOT NULL,
            opening_float INTEGER NOT NULL) STRICT, WITHOUT ROWID""",
        "receipt_numbers": """CREATE TABLE {table} (
            register_id TEXT NOT NULL, incarnation INTEGER NOT NULL, last_number INTEGER NOT NULL,
            PRIMARY KEY (register_id, incarnation)) STRICT, WITHOUT ROWID""",
        # Sums as they happened, none netted: the drawer holds opening_float + paid_in - paid_out + its cash tenders.
        "drawer_sessions": """CREATE TABLE {table} (
            register_id TEXT NOT NULL, session INTEGER NOT NULL,
            sales_count INTEGER NOT NULL, sales_amount INTEGER NOT NULL,
            refunds_count INTEGER NOT NULL, refunds_amount INTEGER NOT NULL,
            voids_count INTEGER NOT NULL, voids_amount INTEGER NOT NULL,
            paid_in INTEGER NOT NULL, paid_out INTEGER NOT NULL,
            business_date TEXT, opened_position INTEGER, opened_at TEXT, opening_float INTEGER,
            counted INTEGER, counted_position INTEGER, closed_position INTEGER, closed_at TEXT,
            expected INTEGER, difference INTEGER,
            PRIMARY KEY (register_id, session)) STRICT, WITHOUT ROWID""",
        # count: how often it changed hands, either way; amount: what came in, net of change, voids and refunds.
        "drawer_tenders": """CREATE TABLE {table} (
            register_id TEXT NOT NULL, session INTEGER NOT NULL, type TEXT NOT NULL,
            count INTEGER NOT NULL, amount INTEGER NOT NULL,
            PRIMARY KEY (register_id, session, type)) STRICT, WITHOUT ROWID""",
    }

    def __init__(self, suffix: str = "") -> None:
        super().__init__(suffix)
        self._read = f"SELECT * FROM {self.t('registers')} WHERE register_id = ?"
        self._write = f"REPLACE INTO {self.t('registers')} VALUES (?,?,?,?,?,?,?,?)"
        self._number = (
            f"INSERT INTO {self.t('receipt_numbers')} VALUES (?,?,?)"
            " ON CONFLICT DO UPDATE SET last_number = max(last_number, excluded.last_number)"
        )
        sessions = self.t("drawer_sessions")
        self._add = (
            f"INSERT INTO {sessions} (register_id, session, {', '.join(SUMS)}) VALUES (?,?{',?' * len(SUMS)})"
            f" ON CONFLICT DO UPDATE SET {', '.join(f'{name} = {name} + excluded.{name}' for name in SUMS)}"
        )
        self._note = (
            f"UPDATE {sessions} SET {', '.join(f'{name} = coalesce(:{name}, {name})' for name in NOTES)}"
            " WHERE register_id = :register_id AND session = :session"
        )
        self._tender = (
            f"INSERT INTO {self.t('drawer_tenders')} VALUES (?,?,?,?,?)"
            " ON CONFLICT DO UPDATE SET count = count + excluded.count, amount = amount + excluded.amount"
        )

    def apply(self, db: Database, events: Sequence[Recorded], opener: Opener) -> None:  # noqa: ARG002  nothing sealed here
        """Fold the batch in memory, then write each touched row once."""
        drawers = Drawers(self._registers(db, events))
        for each in events:
            drawers.take(each)
        if drawers.changed:
            db.executemany(self._write, [register.row() for register in drawers.changed.values()])
        db.executemany(self._number, [(*key, number) for key, number in drawers.numbers.items()])
        db.executemany(self._add, [(*key, *sums) for key, sums in drawers.sums.items()])
        db.executemany(self._tender, [(*key, *sums) for key, sums in drawers.tenders.items()])
        if drawers.notes:
            db.executemany(self._note, drawers.notes.values())

    def _registers(self, db: Database, events: Sequence[Recorded]) -> dict[str, Register]:
        touched = {cast("Any", each.event).register_id for each in events}  # all that it handles have one
        found = [db.execute(self._read, (register_id,)).fetchone() for register_id in touched]
        return {row[0]: Register(*row) for row in found if row is not None}
