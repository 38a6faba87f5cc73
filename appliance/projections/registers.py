"""The registers, the numbers on their receipts, and what should be in their drawers.

Everything on a register since its last Z belongs to its current session, whether or not the drawer was opened: so
nothing falls between two Zs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, cast

from appliance.application.ports import Recorded
from appliance.domain import events as e
from appliance.projections.base import Database, Opener, Projection

Document = e.SaleCompleted | e.SaleVoided | e.RefundCompleted

SUMS = (
    "paid_in",
    "paid_out",
    "sales_count",
    "sales_amount",
    "refunds_count",
    "refunds_amount",
    "voids_count",
    "voids_amount",
)
STATES = (
    "business_date",
    "opened_position",
    "opened_at",
    "opening_float",
    "counted",
    "counted_position",
    "closed_position",
    "closed_at",
    "expected",
    "difference",
)

# What a document adds to its session: the names of its count and amount, and the sign of its tenders.
_DOCUMENTS: Mapping[type[Document], tuple[str, str, int]] = {
    e.SaleCompleted: ("sales_count", "sales_amount", 1),
    e.SaleVoided: ("voids_count", "voids_amount", -1),
    e.RefundCompleted: ("refunds_count", "refunds_amount", -1),
}


class Registers(Projection):
    """What stands at each register now, and each drawer session's totals: an X report any time, a Z at close."""

    name = "registers"
    version = 1
    for_decisions = True
    handles = frozenset(
        {
            *_DOCUMENTS,
            e.RegisterAdded,
            e.DrawerOpened,
            e.DrawerPaidIn,
            e.DrawerPaidOut,
            e.DrawerCounted,
            e.DrawerClosed,
        }
    )
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
            paid_in INTEGER NOT NULL, paid_out INTEGER NOT NULL,
            sales_count INTEGER NOT NULL, sales_amount INTEGER NOT NULL,
            refunds_count INTEGER NOT NULL, refunds_amount INTEGER NOT NULL,
            voids_count INTEGER NOT NULL, voids_amount INTEGER NOT NULL,
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
        self._read = f"SELECT * FROM {self.t('registers')} WHERE register_id IN (SELECT value FROM json_each(?))"
        self._write = f"REPLACE INTO {self.t('registers')} VALUES (?,?,?,?,?,?,?,?)"
        self._number = (
            f"INSERT INTO {self.t('receipt_numbers')} VALUES (?,?,?)"
            " ON CONFLICT DO UPDATE SET last_number = max(last_number, excluded.last_number)"
        )
        columns = ("register_id", "session", *SUMS, *STATES)
        adds = [f"{column} = {column} + excluded.{column}" for column in SUMS]
        sets = [f"{column} = coalesce(excluded.{column}, {column})" for column in STATES]
        self._session = (
            f"INSERT INTO {self.t('drawer_sessions')} ({', '.join(columns)})"
            f" VALUES ({', '.join(f':{column}' for column in columns)})"
            f" ON CONFLICT DO UPDATE SET {', '.join(adds + sets)}"
        )
        self._tender = (
            f"INSERT INTO {self.t('drawer_tenders')} VALUES (?,?,?,?,?)"
            " ON CONFLICT DO UPDATE SET count = count + excluded.count, amount = amount + excluded.amount"
        )

    def apply(self, db: Database, events: Sequence[Recorded], opener: Opener) -> None:  # noqa: ARG002  nothing sealed here
        """Fold the batch in memory, then write each touched row once."""
        touched = {cast("Any", each.event).register_id for each in events}  # all that it handles have one
        fold = _Fold(self._registers(db, touched))
        for each in events:
            _STEPS[type(each.event)](fold, each, each.event)
        db.executemany(self._write, [fold.registers[register].row() for register in fold.changed])
        db.executemany(self._number, [(*key, number) for key, number in fold.numbers.items()])
        db.executemany(self._session, fold.sessions.values())
        db.executemany(self._tender, [(*key, *sums) for key, sums in fold.tenders.items()])

    def _registers(self, db: Database, register_ids: Iterable[str]) -> dict[str, _Register]:
        rows = db.execute(self._read, (json.dumps([*register_ids]),))
        return {row[0]: _Register(*row) for row in rows}


class _Register:
    """A register's row, while a batch is folded over it."""

    __slots__ = ("after", "name", "opening_float", "position", "register_id", "session", "session_open", "version")

    def __init__(
        self,
        register_id: str,
        name: str,
        position: int,
        version: int,
        session: int,
        session_open: int,
        after: int,
        opening_float: int,
    ) -> None:
        self.register_id = register_id
        self.name = name
        self.position = position
        self.version = version
        self.session = session
        self.session_open = session_open
        self.after = after
        self.opening_float = opening_float

    def row(self) -> tuple[object, ...]:
        return (
            self.register_id,
            self.name,
            self.position,
            self.version,
            self.session,
            self.session_open,
            self.after,
            self.opening_float,
        )


class _Fold:
    """What a batch comes to, by key."""

    def __init__(self, registers: dict[str, _Register]) -> None:
        self.registers = registers
        self.changed: dict[str, None] = {}
        self.numbers: dict[tuple[str, int], int] = {}
        self.sessions: dict[tuple[str, int], dict[str, Any]] = {}
        self.tenders: dict[tuple[str, int, str], list[int]] = {}

    def session_of(self, register_id: str) -> int:
        """The session that what happens now belongs to."""
        register = self.registers.get(register_id)
        return register.session if register else 1

    def session(self, register_id: str, number: int) -> dict[str, Any]:
        """What the batch adds to a session so far."""
        key = (register_id, number)
        row = self.sessions.get(key)
        if row is None:
            row = self.sessions[key] = {"register_id": register_id, "session": number}
            row.update(dict.fromkeys(SUMS, 0))
            row.update(dict.fromkeys(STATES))
        return row

    def change(self, each: Recorded, register_id: str) -> _Register:
        """A register's row, to be changed; one that was never added is known by its id."""
        register = self.registers.get(register_id)
        if register is None:
            register = _Register(register_id, register_id, each.position, 0, 1, 0, 0, 0)
            self.registers[register_id] = register
        register.version = each.version
        self.changed[register_id] = None
        return register


def _document(fold: _Fold, each: Recorded, event: Document) -> None:  # noqa: ARG001  all steps are called alike
    register_id = event.register_id
    number = fold.session_of(register_id)
    count, amount, sign = _DOCUMENTS[type(event)]
    session = fold.session(register_id, number)
    session[count] += 1
    session[amount] += event.total
    for tender in event.tenders:
        key = (register_id, number, tender.type)
        sums = fold.tenders.get(key)
        if sums is None:
            sums = fold.tenders[key] = [0, 0]
        sums[0] += 1
        sums[1] += sign * (tender.amount - tender.change)
    _, incarnation, last = event.receipt_number.rsplit("-", 2)  # <register>-<incarnation>-<number>
    fold.numbers[register_id, int(incarnation)] = int(last)


def _added(fold: _Fold, each: Recorded, event: e.RegisterAdded) -> None:
    register = fold.change(each, event.register_id)
    register.name = event.name
    register.position = each.position


def _opened(fold: _Fold, each: Recorded, event: e.DrawerOpened) -> None:
    register = fold.change(each, event.register_id)
    register.session = event.session
    register.session_open = 1
    register.opening_float = event.opening_float
    session = fold.session(event.register_id, event.session)
    session["opened_position"] = each.position
    session["opened_at"] = each.occurred_at
    session["opening_float"] = event.opening_float
    session["business_date"] = event.business_date


def _paid_in(fold: _Fold, each: Recorded, event: e.DrawerPaidIn) -> None:
    fold.change(each, event.register_id)
    fold.session(event.register_id, event.session)["paid_in"] += event.amount


def _paid_out(fold: _Fold, each: Recorded, event: e.DrawerPaidOut) -> None:
    fold.change(each, event.register_id)
    fold.session(event.register_id, event.session)["paid_out"] += event.amount


def _counted(fold: _Fold, each: Recorded, event: e.DrawerCounted) -> None:
    fold.change(each, event.register_id)
    session = fold.session(event.register_id, event.session)
    session["counted"] = event.counted
    session["counted_position"] = each.position


def _closed(fold: _Fold, each: Recorded, event: e.DrawerClosed) -> None:
    session = fold.session(event.register_id, event.session)
    session["closed_position"] = each.position
    session["closed_at"] = each.occurred_at
    session["counted"] = event.counted
    session["expected"] = event.expected
    session["difference"] = event.difference
    session["business_date"] = event.business_date
    register = fold.change(each, event.register_id)
    register.session = event.session + 1
    register.session_open = 0
    register.after = each.position
    register.opening_float = 0


_STEPS: Mapping[type, Callable[[_Fold, Recorded, Any], None]] = {
    e.SaleCompleted: _document,
    e.SaleVoided: _document,
    e.RefundCompleted: _document,
    e.RegisterAdded: _added,
    e.DrawerOpened: _opened,
    e.DrawerPaidIn: _paid_in,
    e.DrawerPaidOut: _paid_out,
    e.DrawerCounted: _counted,
    e.DrawerClosed: _closed,
}
