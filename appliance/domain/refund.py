"""Money back: parts of a sale's lines that never add up to more than the lines, or goods whose sale is unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from appliance.domain.document import Stamp, check_lines, total_of
from appliance.domain.events import Discount, RefundCompleted, SaleLine
from appliance.domain.money import divide_half_even, quantity, quantity_text
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals import AlreadyVoided, GivenTwice, NothingGiven, RefundExceeds, Refusal, UnknownLine
from appliance.domain.sale import GivenBack, Sale
from appliance.domain.tenders import OfferedTender, pay_back


class WantedLine(Protocol):
    """So much of one of the sale's lines."""

    @property
    def line(self) -> int:
        """The sale's own line number."""

    @property
    def quantity(self) -> str:
        """How much of it comes back."""


def linked_lines(sale: Sale, wanted: Sequence[WantedLine] | None) -> tuple[SaleLine, ...]:
    """The lines of a refund against the sale; None asks for whatever is left of it."""
    if sale.voided:
        raise AlreadyVoided(f"Sale {sale.completed.sale_id} has been voided.", sale_id=sale.completed.sale_id)
    if wanted is None:
        return _all_left(sale)
    if not wanted:
        raise NothingGiven("At least one line is needed.", at="/lines")
    lines: dict[int, SaleLine] = {}
    for index, each in enumerate(wanted):
        if each.line in lines:
            raise GivenTwice(f"Line {each.line} is given twice.", at=f"/lines/{index}/line", line=each.line)
        try:
            lines[each.line] = _wanted_line(sale, each)
        except Refusal as refusal:
            raise refusal.within(f"/lines/{index}") from None
    return tuple(lines.values())


def refund(
    refund_id: str,
    sale: Sale | None,
    stamp: Stamp,
    lines: tuple[SaleLine, ...],
    tenders: Sequence[OfferedTender],
    *,
    reason: str,
    restock: bool,
    customer_id: str | None,
    policy: StorePolicy,
) -> RefundCompleted:
    """The refund, its tenders exactly what it comes to; without a sale it is an unlinked one."""
    check_lines(len(lines), policy)
    total = total_of(lines, policy)
    paid, rounding = pay_back(total, tenders, policy)
    return RefundCompleted(
        refund_id=refund_id,
        sale_id=None if sale is None else sale.completed.sale_id,
        register_id=stamp.register_id,
        receipt_number=stamp.receipt_number,
        client_ref=stamp.client_ref,
        business_date=stamp.business_date,
        local_time=stamp.local_time,
        clock_trusted=stamp.clock_trusted,
        currency=policy.currency.code if sale is None else sale.completed.currency,
        lines=lines,
        tenders=paid,
        total=total,
        reason=reason,
        restock=restock,
        rounding=rounding,
        customer_id=customer_id,
        operator=stamp.operator,
        approved_by=stamp.approved_by,
    )


def part_of(line: SaleLine, so_far: GivenBack, wanted: int) -> SaleLine:
    """A part of a sold line, to the minor unit: all parts of a line add up to the line, the last takes the rest.

    The amount is the share of all that has come back by then, less what was given back before, so no order of parts
    gains or loses. The tax follows the amount; it rounds half-up because only that never outgrows a part's amount.
    """
    sold = quantity(line.quantity)
    back = so_far.quantity + wanted
    amount_back = divide_half_even(line.amount * back, sold)
    amount = amount_back - so_far.amount
    taxes = []
    for part in line.tax:
        tax = _half_up(part.amount * amount_back, line.amount)
        tax -= _half_up(part.amount * so_far.amount, line.amount)
        taxes.append(replace(part, base=amount - tax, amount=tax))
    return replace(
        line,
        quantity=quantity_text(wanted),
        amount=amount,
        tax=tuple(taxes),
        discounts=_discounts(line.discounts, so_far.quantity, back, sold),
    )


def _discounts(discounts: Sequence[Discount], before: int, after: int, sold: int) -> tuple[Discount, ...]:
    """What of each discount goes back with a part, so that reports of discounts add up as well."""
    shares = [
        divide_half_even(each.amount * after, sold) - divide_half_even(each.amount * before, sold) for each in discounts
    ]
    return tuple(replace(each, amount=share) for each, share in zip(discounts, shares, strict=True) if share)


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator) if denominator else 0


def _all_left(sale: Sale) -> tuple[SaleLine, ...]:
    parts = [
        part_of(line, so_far, quantity(line.quantity) - so_far.quantity)
        for line, so_far in zip(sale.completed.lines, sale.given_back, strict=True)
        if so_far.quantity < quantity(line.quantity)
    ]
    if not parts:
        raise RefundExceeds("Everything has been refunded.", sale_id=sale.completed.sale_id)
    return tuple(parts)


def _wanted_line(sale: Sale, wanted: WantedLine) -> SaleLine:
    if not 1 <= wanted.line <= len(sale.completed.lines):
        raise UnknownLine(
            f"The sale has no line {wanted.line}.", at="/line", line=wanted.line, lines=len(sale.completed.lines)
        )
    line, so_far = sale.completed.lines[wanted.line - 1], sale.given_back[wanted.line - 1]
    left = quantity(line.quantity) - so_far.quantity
    asked = quantity(wanted.quantity)
    if asked > left:
        raise RefundExceeds(
            f"Of line {wanted.line} {quantity_text(left)} can be refunded, not {wanted.quantity}.",
            at="/quantity",
            line=wanted.line,
            refundable_quantity=quantity_text(left),
        )
    return part_of(line, so_far, asked)
