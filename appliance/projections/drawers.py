"""Folding a batch of a register's events: which session each belongs to, and what it adds there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from appliance.application.ports import Recorded
from appliance.domain import events as e

Document = e.SaleCompleted | e.SaleVoided | e.RefundCompleted

SUMS = (
    "sales_count",
    "sales_amount",
    "refunds_count",
    "refunds_amount",
    "voids_count",
    "voids_amount",
    "paid_in",
    "paid_out",
)
SALES, REFUNDS, VOIDS, PAID_IN, PAID_OUT = 0, 2, 4, 6, 7  # where each stands in SUMS, the count before the amount

NOTES = (
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


@dataclass(slots=True)
class Register:
    """A register's row, in its columns' order."""

    register_id: str
    name: str
    position: int
    version: int
    session: int
    session_open: int
    after_position: int
    opening_float: int

    def row(self) -> tuple[Any, ...]:
        """The row, to be written."""
        row: tuple[Any, ...] = _COLUMNS(self)
        return row


_COLUMNS = attrgetter(*Register.__slots__)


class Drawers:
    """What a batch of events comes to, by key of each table."""

    def __init__(self, registers: dict[str, Register]) -> None:
        self.registers = registers
        self.changed: dict[str, Register] = {}
        self.numbers: dict[tuple[str, int], int] = {}
        self.sums: dict[tuple[str, int], list[int]] = {}
        self.notes: dict[tuple[str, int], dict[str, Any]] = {}
        self.tenders: dict[tuple[str, int, str], list[int]] = {}

    def take(self, each: Recorded) -> None:
        """Fold one event; they come in the order of the log."""
        _STEPS[type(each.event)](self, each, each.event)

    def number_of(self, register_id: str) -> int:
        """The session that what happens now belongs to."""
        register = self.registers.get(register_id)
        return register.session if register is not None else 1

    def session(self, register_id: str, number: int) -> list[int]:
        """What the batch adds to a session's sums so far."""
        key = (register_id, number)
        sums = self.sums.get(key)
        if sums is None:
            sums = self.sums[key] = [0] * len(SUMS)
        return sums

    def note(self, register_id: str, number: int, **notes: Any) -> None:
        """Set columns of a session; the last one said holds."""
        self.session(register_id, number)  # its row must exist
        key = (register_id, number)
        if key not in self.notes:
            self.notes[key] = dict.fromkeys(NOTES) | {"register_id": register_id, "session": number}
        self.notes[key].update(notes)

    def change(self, each: Recorded, register_id: str) -> Register:
        """A register's row, to be changed; one that was never added is known by its id."""
        register = self.registers.get(register_id)
        if register is None:
            register = self.registers[register_id] = Register(register_id, register_id, each.position, 0, 1, 0, 0, 0)
        register.version = each.version
        self.changed[register_id] = register
        return register


def _document(drawers: Drawers, event: Document, at: int, sign: int) -> None:
    register_id = event.register_id
    number = drawers.number_of(register_id)
    sums = drawers.session(register_id, number)
    sums[at] += 1
    sums[at + 1] += event.total
    for tender in event.tenders:
        key = (register_id, number, tender.type)
        taken = drawers.tenders.get(key)
        if taken is None:
            taken = drawers.tenders[key] = [0, 0]
        taken[0] += 1
        taken[1] += sign * (tender.amount - tender.change)
    _, incarnation, last = event.receipt_number.rsplit("-", 2)  # <register>-<incarnation>-<number>
    drawers.numbers[register_id, int(incarnation)] = int(last)


def _sold(drawers: Drawers, _: Recorded, event: e.SaleCompleted) -> None:
    _document(drawers, event, SALES, 1)


def _voided(drawers: Drawers, _: Recorded, event: e.SaleVoided) -> None:
    _document(drawers, event, VOIDS, -1)


def _refunded(drawers: Drawers, _: Recorded, event: e.RefundCompleted) -> None:
    _document(drawers, event, REFUNDS, -1)


def _added(drawers: Drawers, each: Recorded, event: e.RegisterAdded) -> None:
    register = drawers.change(each, event.register_id)
    register.name = event.name
    register.position = each.position


def _opened(drawers: Drawers, each: Recorded, event: e.DrawerOpened) -> None:
    register = drawers.change(each, event.register_id)
    register.session = event.session
    register.session_open = 1
    register.opening_float = event.opening_float
    drawers.note(
        event.register_id,
        event.session,
        opened_position=each.position,
        opened_at=each.occurred_at,
        opening_float=event.opening_float,
        business_date=event.business_date,
    )


def _paid_in(drawers: Drawers, each: Recorded, event: e.DrawerPaidIn) -> None:
    drawers.change(each, event.register_id)
    drawers.session(event.register_id, event.session)[PAID_IN] += event.amount


def _paid_out(drawers: Drawers, each: Recorded, event: e.DrawerPaidOut) -> None:
    drawers.change(each, event.register_id)
    drawers.session(event.register_id, event.session)[PAID_OUT] += event.amount


def _counted(drawers: Drawers, each: Recorded, event: e.DrawerCounted) -> None:
    drawers.change(each, event.register_id)
    drawers.note(event.register_id, event.session, counted=event.counted, counted_position=each.position)


def _closed(drawers: Drawers, each: Recorded, event: e.DrawerClosed) -> None:
    register = drawers.change(each, event.register_id)
    register.session = event.session + 1
    register.session_open = 0
    register.after_position = each.position
    register.opening_float = 0
    drawers.note(
        event.register_id,
        event.session,
        closed_position=each.position,
        closed_at=each.occurred_at,
        counted=event.counted,
        expected=event.expected,
        difference=event.difference,
        business_date=event.business_date,
    )


_STEPS: Mapping[type, Callable[[Drawers, Recorded, Any], None]] = {
    e.SaleCompleted: _sold,
    e.SaleVoided: _voided,
    e.RefundCompleted: _refunded,
    e.RegisterAdded: _added,
    e.DrawerOpened: _opened,
    e.DrawerPaidIn: _paid_in,
    e.DrawerPaidOut: _paid_out,
    e.DrawerCounted: _counted,
    e.DrawerClosed: _closed,
}
