"""What every document a register issues has in common: its number, its day, and who stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.domain.events import SaleLine
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals import InvalidAmount, NothingGiven, TooMany


@dataclass(slots=True, kw_only=True)
class Stamp:
    """The head of a document, worked out before it is decided."""

    register_id: str
    receipt_number: str
    client_ref: str | None
    business_date: str
    local_time: str
    clock_trusted: bool
    operator: str | None
    approved_by: str | None


def receipt_number(register_id: str, incarnation: int, number: int) -> str:
    """`<register>-<incarnation>-<number>`: unique for ever, gapless within the incarnation."""
    return f"{register_id}-{incarnation}-{number}"


def number_of(receipt: str) -> int:
    """The running number at the end of a receipt number."""
    return int(receipt.rpartition("-")[2])


def check_lines(count: int, policy: StorePolicy, at: str = "/lines") -> None:
    """Refuse a document without lines, or with more than any store rings up."""
    if not count:
        raise NothingGiven("At least one line is needed.", at=at)
    if count > policy.max_lines:
        raise TooMany(f"{count} lines are more than {policy.max_lines}.", at=at, limit=policy.max_lines)


def total_of(lines: Sequence[SaleLine], policy: StorePolicy) -> int:
    """What the lines come to together; refused beyond what a document can be."""
    total = sum([line.amount for line in lines])
    if total > policy.max_total:
        raise InvalidAmount(f"The total of {total} is beyond {policy.max_total}.", at="/lines", total=total)
    return total
