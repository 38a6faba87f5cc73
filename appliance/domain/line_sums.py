"""What a document's lines come to: one walk over them for everything that adds documents up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.domain.events import SaleLine
from appliance.domain.thousandths import THOUSANDTHS


@dataclass(slots=True)
class LineSums:
    """Sums of the lines of a sale, a void or a refund, all as positive as they stand in the event."""

    milli: int
    """Thousandths of all that changed hands."""
    moved: dict[str, int]
    """Stocked product -> thousandths, in the order of its first line."""
    taxes: list[tuple[str, str, int, int, int]]
    """(code, rate, lines, tax, base); one that comes in turns with another stands more than once."""
    discounts: list[tuple[str, int]]
    """(kind, amount) of each discount."""


def line_sums(lines: Sequence[SaleLine]) -> LineSums:
    """Add the lines up. Runs for every line ever sold, and nearly all lines of a sale are taxed like the one before."""
    milli = 0
    moved: dict[str, int] = {}
    taxes: list[tuple[str, str, int, int, int]] = []
    discounts: list[tuple[str, int]] = []
    code = rate = ""
    count = amount = base = 0
    for line in lines:
        quantity = THOUSANDTHS[line.quantity]
        milli += quantity
        if line.stocked:
            product_id = line.product_id
            moved[product_id] = moved[product_id] + quantity if product_id in moved else quantity
        for part in line.tax:
            if part.rate != rate or part.code != code:
                if count:
                    taxes.append((code, rate, count, amount, base))
                code, rate = part.code, part.rate
                count = amount = base = 0
            count += 1
            amount += part.amount
            base += part.base
        if line.discounts:
            discounts += [(each.kind, each.amount) for each in line.discounts]
    if count:
        taxes.append((code, rate, count, amount, base))
    return LineSums(milli, moved, taxes, discounts)
