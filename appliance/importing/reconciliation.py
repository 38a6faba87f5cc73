"""Proves that an import lost nothing: rows read = rows booked + rows rejected, and the same for the money.

Money in the files is reckoned from their raw rows; money in the store is what its day reports say. Both must agree to
the penny, whichever files earlier runs have booked.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from appliance.importing import reasons
from appliance.importing.batch import ALREADY, BOOKED, DIFFERENT, Result, Standing
from appliance.importing.invoices import FileContents, Gathered


@dataclass(slots=True)
class Reconciliation:
    """The count of one run, filled file by file; `conclude` compares it with the store."""

    files: int = 0
    rows_read: int = 0
    rows_booked: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    invoices: int = 0
    refunds: int = 0
    already_booked: int = 0
    file_total: int = 0
    rejected_total: int = 0
    booked_total: int = 0
    store_total: int = 0
    documents_total: int = 0
    unreadable: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    def add_file(self, contents: FileContents) -> None:
        """Count what a file holds, and what of it cannot be booked."""
        self.files += 1
        self.rows_read += contents.rows
        self.file_total += contents.money
        for row in contents.rejected:
            self.reject(row.reason, 1, row.money)

    def reject(self, reason: str, rows: int, money: int) -> None:
        """Count rows that are not booked."""
        self.rejected[reason] += rows
        self.rejected_total += money

    def settle(self, gathered: Gathered, result: Result) -> str | None:
        """Count what became of an invoice; answers the reason where its rows are rejected."""
        reason = self._reason(result)
        if reason is not None:
            self.reject(reason, len(gathered.lines), gathered.money)
            return reason
        self._seen.add(result.number)
        self.rows_booked += len(gathered.lines)
        self.booked_total += result.total
        if gathered.invoice.refund:
            self.refunds += 1
        else:
            self.invoices += 1
        self.already_booked += result.outcome == ALREADY
        return None

    def _reason(self, result: Result) -> str | None:
        if result.outcome == DIFFERENT:
            return reasons.ALREADY_BOOKED_DIFFERENTLY
        if result.number in self._seen:
            return reasons.REPEATED_INVOICE
        return None if result.outcome in {BOOKED, ALREADY} else reasons.REFUSED + result.code

    def conclude(self, standing: Standing) -> None:
        """Take over what the store holds now that all has been booked."""
        self.store_total = standing.store_total
        self.documents_total = standing.documents_total

    @property
    def rows_rejected(self) -> int:
        """Rows that are not booked, whatever the reason."""
        return sum(self.rejected.values())

    @property
    def other_total(self) -> int:
        """What the store holds besides the invoices of this run: tills' sales, and files of earlier runs."""
        return self.documents_total - self.booked_total

    @property
    def balanced(self) -> bool:
        """Whether every row and every penny is accounted for."""
        return (
            self.rows_read == self.rows_booked + self.rows_rejected
            and self.file_total + self.other_total == self.store_total + self.rejected_total
            and self.store_total == self.documents_total
            and not self.unreadable
        )

    def as_json(self) -> dict[str, Any]:
        """What `import sales --json` prints; money in minor units."""
        return {
            "files": self.files,
            "rows_read": self.rows_read,
            "rows_booked": self.rows_booked,
            "rows_rejected": self.rows_rejected,
            "rejected": dict(sorted(self.rejected.items())),
            "invoices": self.invoices,
            "refunds": self.refunds,
            "already_booked": self.already_booked,
            "file_total": self.file_total,
            "rejected_total": self.rejected_total,
            "store_total": self.store_total,
            "other_total": self.other_total,
            "balanced": self.balanced,
        }
