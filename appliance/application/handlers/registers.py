"""Registers and their drawers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from appliance.application.commands import AddRegister, CloseDrawer, CountDrawer, OpenDrawer, PayIn, PayOut
from appliance.application.ports import Context, Outcome, UnitOfWork
from appliance.domain import register as registers
from appliance.domain.calendar import business_date
from appliance.domain.events import (
    DrawerClosed,
    DrawerCounted,
    DrawerOpened,
    DrawerPaidIn,
    DrawerPaidOut,
    TenderTotal,
)
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals import RegisterNotFound
from appliance.domain.register import Register, SessionTotals
from appliance.domain.text import MAX_ID, check_text

_DrawerCommand = OpenDrawer | PayIn | PayOut | CountDrawer | CloseDrawer
_DrawerEvent = DrawerOpened | DrawerPaidIn | DrawerPaidOut | DrawerCounted | DrawerClosed
_SESSION = (
    "SELECT sales_count, sales_amount, refunds_count, refunds_amount, voids_count, voids_amount"
    " FROM drawer_sessions WHERE register_id = ? AND session = ?"
)
_TENDERS = "SELECT type, count, amount FROM drawer_tenders WHERE register_id = ? AND session = ? ORDER BY type"


def add_register(command: AddRegister, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:  # noqa: ARG001  handlers are called alike
    """Make a register known, or give a known one another name; the same again changes nothing."""
    event = registers.add(command.register_id, command.name)
    stream = f"register-{command.register_id}"
    known, _ = uow.load(stream, Register, registers.evolve)
    ids = {"register_id": command.register_id}
    if known is not None and known.name == command.name:
        return Outcome(status=200, ids=ids)
    recorded = uow.append(stream, event, context=context, expected=command.expected_version)
    return Outcome(status=201 if known is None else 200, ids=ids, events=recorded)


def open_drawer(command: OpenDrawer, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:
    """Begin a drawer session."""
    today = business_date(context.occurred_at, policy.timezone, policy.day_roll_hour)
    return _drawer(
        command,
        uow,
        context,
        lambda register, operator: registers.open_drawer(register, command.opening_float, today, operator),
    )


def pay_in(command: PayIn, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:  # noqa: ARG001  handlers are called alike
    """Put cash in."""
    return _drawer(
        command,
        uow,
        context,
        lambda register, operator: registers.pay_in(register, command.amount, command.reason, operator),
    )


def pay_out(command: PayOut, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:  # noqa: ARG001  handlers are called alike
    """Take cash out."""
    return _drawer(
        command,
        uow,
        context,
        lambda register, operator: registers.pay_out(register, command.amount, command.reason, operator),
    )


def count_drawer(command: CountDrawer, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:  # noqa: ARG001  handlers are called alike
    """Write down a count."""
    return _drawer(
        command, uow, context, lambda register, operator: registers.count(register, command.counted, operator)
    )


def close_drawer(command: CloseDrawer, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:
    """Make the Z report over everything up to this event's position."""
    today = business_date(context.occurred_at, policy.timezone, policy.day_roll_hour)

    def decide(register: Register, operator: str | None) -> DrawerClosed:
        totals = session_totals(uow, register)
        return registers.close(
            register, totals, command.counted, business_date=today, reason=command.reason, operator=operator
        )

    return _drawer(command, uow, context, decide)


def session_totals(uow: UnitOfWork, register: Register) -> SessionTotals:
    """What the register's documents of the present session come to, those of this very group included."""
    key = (register.register_id, register.session)
    after = uow.query("SELECT after_position FROM registers WHERE register_id = ?", (register.register_id,))
    sums = uow.query(_SESSION, key)
    tenders = [TenderTotal(type=kind, count=count, amount=amount) for kind, count, amount in uow.query(_TENDERS, key)]
    names = ("sales_count", "sales_amount", "refunds_count", "refunds_amount", "voids_count", "voids_amount")
    return SessionTotals(
        after_position=after[0][0] if after else 0,
        tenders=tuple(tenders),
        **dict(zip(names, sums[0], strict=True)) if sums else {},
    )


def _drawer(
    command: _DrawerCommand,
    uow: UnitOfWork,
    context: Context,
    decide: Callable[[Register, str | None], _DrawerEvent],
) -> Outcome:
    stream = f"register-{command.register_id}"
    register, _ = uow.load(stream, Register, registers.evolve)
    if register is None:
        raise RegisterNotFound(f"There is no register {command.register_id[:MAX_ID]!r}.")
    check_text(command.operator or "", "/operator", MAX_ID)
    event = decide(register, command.operator or context.operator)
    if command.approved_by is not None:
        event = replace(event, approved_by=command.approved_by)
    recorded = uow.append(stream, event, context=context, expected=command.expected_version)
    return Outcome(
        status=201, ids={"register_id": command.register_id, "session": str(register.session)}, events=recorded
    )
