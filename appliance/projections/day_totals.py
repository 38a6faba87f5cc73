"""What a business day came to, by tender, tax rate, hour and kind of document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from appliance.application.ports import Recorded
from appliance.domain.events import RefundCompleted, SaleCompleted, SaleVoided
from appliance.domain.line_sums import LineSums
from appliance.projections.base import Database, Opener, Projection

Document = SaleCompleted | SaleVoided | RefundCompleted
Sums = dict[tuple[str, str, object], list[int]]
"""(business date, section, key) -> [count, amount, base]."""

HOUR = slice(11, 13)  # of 2011-08-31T17:05:00+01:00


class DayTotals(Projection):
    """Sums by (business date, section, key). A day's total is sales - refunds - voids, before cash rounding.

    | section | key | count | amount |
    |---|---|---|---|
    | sales, refunds, voids | "" | documents | their totals, positive |
    | tender | type | times it changed hands | taken, net of change, refunds and voids |
    | tax | code@rate | lines, net | tax, net; `base` is what it was taken on |
    | hour | HH, the store's clock | sales | totals, net |
    | discount | kind | discounts, net | what they took off, net |
    | rounding | "" | documents rounded | what rounding added, net |
    """

    name = "day_totals"
    version = 1
    handles = frozenset({SaleCompleted, SaleVoided, RefundCompleted})
    tables: ClassVar[dict[str, str]] = {
        "day_totals": """CREATE TABLE {table} (
            business_date TEXT NOT NULL, section TEXT NOT NULL, key TEXT NOT NULL,
            count INTEGER NOT NULL, amount INTEGER NOT NULL, base INTEGER NOT NULL,
            PRIMARY KEY (business_date, section, key)) STRICT, WITHOUT ROWID""",
    }

    def __init__(self, suffix: str = "") -> None:
        super().__init__(suffix)
        self._add = (
            f"INSERT INTO {self.t('day_totals')} VALUES (?,?,?,?,?,?) ON CONFLICT DO UPDATE SET"
            " count = count + excluded.count, amount = amount + excluded.amount, base = base + excluded.base"
        )

    def apply(self, db: Database, events: Sequence[Recorded], opener: Opener) -> None:  # noqa: ARG002  nothing sealed here
        """Sum the batch up, then add each sum once."""
        db.executemany(self._add, sums_of(events))


def sums_of(events: Iterable[Recorded]) -> Iterator[tuple[object, ...]]:
    """What these events add, each key once: (business date, section, key, count, amount, base)."""
    sums: Sums = {}
    for each in events:
        event = each.event
        if isinstance(event, SaleCompleted):
            _fold(sums, event, each.summed(event.lines), "sales", 1)
        elif isinstance(event, SaleVoided):
            _fold(sums, event, each.summed(event.lines), "voids", -1)
        elif isinstance(event, RefundCompleted):
            _fold(sums, event, each.summed(event.lines), "refunds", -1)
    return _rows(sums)


def _fold(sums: Sums, event: Document, lines: LineSums, section: str, sign: int) -> None:
    date = event.business_date
    _add(sums, (date, section, ""), 1, event.total)
    _add(sums, (date, "hour", event.local_time[HOUR]), 1 if sign > 0 else 0, sign * event.total)
    for tender in event.tenders:
        _add(sums, (date, "tender", tender.type), 1, sign * (tender.amount - tender.change))
    if event.rounding:
        _add(sums, (date, "rounding", ""), 1, sign * event.rounding)
    for code, rate, count, amount, base in lines.taxes:
        _add(sums, (date, "tax", (code, rate)), sign * count, sign * amount, sign * base)
    for kind, amount in lines.discounts:
        _add(sums, (date, "discount", kind), sign, sign * amount)


def _add(sums: Sums, key: tuple[str, str, object], count: int, amount: int, base: int = 0) -> None:
    sum_ = sums.get(key)
    if sum_ is None:
        sum_ = sums[key] = [0, 0, 0]
    sum_[0] += count
    sum_[1] += amount
    sum_[2] += base


def _rows(sums: Sums) -> Iterator[tuple[object, ...]]:
    for (date, section, key), sum_ in sums.items():
        yield (date, section, "@".join(key) if isinstance(key, tuple) else key, *sum_)
