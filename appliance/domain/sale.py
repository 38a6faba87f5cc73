"""A till sale: rung up as one event, voided as a whole on its own day, or refunded part by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from appliance.domain.document import Stamp, check_lines, total_of
from appliance.domain.events import Event, RefundCompleted, SaleCompleted, SaleLine, SaleVoided
from appliance.domain.money import signed_quantity
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals import AlreadyRefunded, AlreadyVoided, VoidTooLate
from appliance.domain.tenders import OfferedTender, settle


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """What of one line has gone back so far."""

    quantity: int = 0  # thousandths
    amount: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A sale as it stands: what was sold, and what has become of it. `given_back` runs alongside the lines."""

    completed: SaleCompleted
    given_back: tuple[GivenBack, ...]
    refunds: int = 0
    voided: bool = False


def evolve(state: Sale | None, event: Event) -> Sale:
    """The sale after one more event of its stream."""
    if isinstance(event, SaleCompleted):
        return Sale(completed=event, given_back=tuple(GivenBack() for _ in event.lines))
    if state is None:
        msg = f"a sale's stream begins with sale.completed, not {type(event).__name__}"
        raise TypeError(msg)
    if isinstance(event, SaleVoided):
        return replace(state, voided=True)
    if isinstance(event, RefundCompleted):
        return replace(state, refunds=state.refunds + 1, given_back=_given_back(state, event.lines))
    return state


def _given_back(state: Sale, lines: Sequence[SaleLine]) -> tuple[GivenBack, ...]:
    given_back = list(state.given_back)
    for line in lines:
        so_far = given_back[line.line - 1]
        given_back[line.line - 1] = GivenBack(
            quantity=so_far.quantity + signed_quantity(line.quantity),
            amount=so_far.amount + line.amount,
        )
    return tuple(given_back)


def ring_up(
    sale_id: str,
    stamp: Stamp,
    lines: tuple[SaleLine, ...],
    tenders: Sequence[OfferedTender],
    *,
    customer_id: str | None,
    price_override_reason: str,
    policy: StorePolicy,
) -> SaleCompleted:
    """The sale, its tenders settled; refused where they do not cover it."""
    check_lines(len(lines), policy)
    total = total_of(lines, policy)
    settled, rounding = settle(total, tenders, policy)
    return SaleCompleted(
        sale_id=sale_id,
        register_id=stamp.register_id,
        receipt_number=stamp.receipt_number,
        client_ref=stamp.client_ref,
        business_date=stamp.business_date,
        local_time=stamp.local_time,
        clock_trusted=stamp.clock_trusted,
        currency=policy.currency.code,
        lines=lines,
        tenders=settled,
        total=total,
        rounding=rounding,
        customer_id=customer_id,
        operator=stamp.operator,
        approved_by=stamp.approved_by,
        price_override_reason=price_override_reason,
    )


def void(sale: Sale, stamp: Stamp, reason: str) -> SaleVoided:
    """Undo the whole sale: only on its own business day, once, and while nothing of it has been refunded."""
    done = sale.completed
    if sale.voided:
        raise AlreadyVoided(f"Sale {done.sale_id} has been voided.", sale_id=done.sale_id)
    if sale.refunds:
        raise AlreadyRefunded(f"Part of sale {done.sale_id} has been refunded.", sale_id=done.sale_id)
    if done.business_date != stamp.business_date:
        raise VoidTooLate(
            f"Sale {done.sale_id} is of {done.business_date}, today is {stamp.business_date}.",
            sale_id=done.sale_id,
            sold_on=done.business_date,
            today=stamp.business_date,
        )
    return SaleVoided(
        sale_id=done.sale_id,
        register_id=stamp.register_id,
        receipt_number=stamp.receipt_number,
        voided_receipt=done.receipt_number,
        business_date=stamp.business_date,
        local_time=stamp.local_time,
        clock_trusted=stamp.clock_trusted,
        currency=done.currency,
        lines=done.lines,
        tenders=done.tenders,
        total=done.total,
        rounding=done.rounding,
        reason=reason,
        operator=stamp.operator,
        approved_by=stamp.approved_by,
    )
