"""A till and its cash drawer: opened with a float, paid into and out of, counted, closed with a Z report."""

from __future__ import annotations

from dataclasses import dataclass, replace

from appliance.domain.events import (
    DrawerClosed,
    DrawerCounted,
    DrawerOpened,
    DrawerPaidIn,
    DrawerPaidOut,
    Event,
    RegisterAdded,
    TenderTotal,
)
from appliance.domain.money import amount
from appliance.domain.refusals import DrawerAlreadyOpen, DrawerNotOpen
from appliance.domain.tenders import CASH
from appliance.domain.text import MAX_NAME, check_id, check_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """A register as its own stream tells it; what was sold on it stands in the sales."""

    register_id: str
    name: str
    closed: int = 0  # Z reports so far
    is_open: bool = False
    opening_float: int = 0
    paid_in: int = 0
    paid_out: int = 0

    @property
    def session(self) -> int:
        """The present drawer session, whether the drawer has been opened in it or not yet."""
        return self.closed + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTotals:
    """What was sold, refunded and voided on a register since its last Z report, which stands at `after_position`."""

    after_position: int = 0
    sales_count: int = 0
    sales_amount: int = 0
    refunds_count: int = 0
    refunds_amount: int = 0
    voids_count: int = 0
    voids_amount: int = 0
    tenders: tuple[TenderTotal, ...] = ()

    @property
    def cash(self) -> int:
        """What the documents brought into the drawer, change and refunds taken off."""
        return sum(each.amount for each in self.tenders if each.type == CASH)


def evolve(state: Register | None, event: Event) -> Register:
    """The register after one more event of its stream."""
    if isinstance(event, RegisterAdded):
        if state is None:
            return Register(register_id=event.register_id, name=event.name)
        return replace(state, name=event.name)
    if state is None:
        msg = f"a register's stream begins with register.added, not {type(event).__name__}"
        raise TypeError(msg)
    if isinstance(event, DrawerOpened):
        return replace(state, is_open=True, opening_float=event.opening_float, paid_in=0, paid_out=0)
    if isinstance(event, DrawerPaidIn):
        return replace(state, paid_in=state.paid_in + event.amount)
    if isinstance(event, DrawerPaidOut):
        return replace(state, paid_out=state.paid_out + event.amount)
    if isinstance(event, DrawerClosed):
        return replace(state, closed=event.session, is_open=False, opening_float=0, paid_in=0, paid_out=0)
    return state


def add(register_id: str, name: str) -> RegisterAdded:
    """A register under an id that receipt numbers can carry."""
    check_id(register_id, "/register_id")
    check_text(name, "/name", MAX_NAME, shortest=1)
    return RegisterAdded(register_id=register_id, name=name)


def open_drawer(register: Register, opening_float: int, business_date: str, operator: str | None) -> DrawerOpened:
    """Begin a session with cash in the drawer; refused while one is open."""
    if register.is_open:
        raise DrawerAlreadyOpen(
            f"The drawer of {register.register_id} is open.",
            register_id=register.register_id,
            session=register.session,
        )
    return DrawerOpened(
        register_id=register.register_id,
        session=register.session,
        opening_float=amount(opening_float, "/opening_float"),
        business_date=business_date,
        operator=operator,
    )


def pay_in(register: Register, value: int, reason: str, operator: str | None) -> DrawerPaidIn:
    """Cash put in that no sale brought."""
    _check_open(register)
    return DrawerPaidIn(
        register_id=register.register_id,
        session=register.session,
        amount=amount(value, "/amount", least=1),
        reason=check_text(reason, "/reason", shortest=1),
        operator=operator,
    )


def pay_out(register: Register, value: int, reason: str, operator: str | None) -> DrawerPaidOut:
    """Cash taken out that no refund took."""
    _check_open(register)
    return DrawerPaidOut(
        register_id=register.register_id,
        session=register.session,
        amount=amount(value, "/amount", least=1),
        reason=check_text(reason, "/reason", shortest=1),
        operator=operator,
    )


def count(register: Register, counted: int, operator: str | None) -> DrawerCounted:
    """What somebody found in the drawer."""
    _check_open(register)
    return DrawerCounted(
        register_id=register.register_id,
        session=register.session,
        counted=amount(counted, "/counted"),
        operator=operator,
    )


def close(
    register: Register,
    totals: SessionTotals,
    counted: int,
    *,
    business_date: str,
    reason: str,
    operator: str | None,
) -> DrawerClosed:
    """The Z report: what should be in the drawer, what is, and everything the session sold."""
    _check_open(register)
    amount(counted, "/counted")
    expected = register.opening_float + register.paid_in - register.paid_out + totals.cash
    return DrawerClosed(
        register_id=register.register_id,
        session=register.session,
        after_position=totals.after_position,
        business_date=business_date,
        opening_float=register.opening_float,
        paid_in=register.paid_in,
        paid_out=register.paid_out,
        sales_count=totals.sales_count,
        sales_amount=totals.sales_amount,
        refunds_count=totals.refunds_count,
        refunds_amount=totals.refunds_amount,
        voids_count=totals.voids_count,
        voids_amount=totals.voids_amount,
        tenders=totals.tenders,
        expected=expected,
        counted=counted,
        difference=counted - expected,
        reason=check_text(reason, "/reason"),
        operator=operator,
    )


def _check_open(register: Register) -> None:
    if not register.is_open:
        raise DrawerNotOpen(f"The drawer of {register.register_id} is not open.", register_id=register.register_id)
