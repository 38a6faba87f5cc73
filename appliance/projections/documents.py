"""Every document a register issued: sales, voids and refunds in the order they happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from appliance.application.ports import Recorded
from appliance.domain.events import RefundCompleted, SaleCompleted, SaleVoided
from appliance.eventstore.bulk import Bulk
from appliance.projections.base import Database, Opener, Projection

COMPLETED = "completed"
VOIDED = "voided"
PARTLY_REFUNDED = "partly_refunded"
REFUNDED = "refunded"


_COLUMNS = (
    "position, kind, id, sale_id, register_id, receipt_number, client_ref, business_date, occurred_at, total, status,"
    " customer_id, quantity_milli"
)


class Documents(Projection):
    """One row a document; a sale's row also says what became of it and how much of it has gone back."""

    name = "documents"
    version = 1
    for_decisions = True
    handles = frozenset({SaleCompleted, SaleVoided, RefundCompleted})
    tables: ClassVar[dict[str, str]] = {
        # A void has no id of its own: it carries its sale's. An unlinked refund has no sale_id.
        "documents": """CREATE TABLE {table} (
            position INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, sale_id TEXT,
            register_id TEXT NOT NULL, receipt_number TEXT NOT NULL, client_ref TEXT,
            business_date TEXT NOT NULL, occurred_at TEXT NOT NULL, total INTEGER NOT NULL, status TEXT NOT NULL,
            customer_id TEXT, quantity_milli INTEGER NOT NULL, refunded INTEGER NOT NULL,
            refunded_milli INTEGER NOT NULL) STRICT""",
    }
    indexes: ClassVar[dict[str, str]] = {
        "documents_by_id": "documents(id)",
        "documents_by_client_ref": "documents(register_id, client_ref) WHERE client_ref IS NOT NULL",
        "documents_by_date": "documents(business_date, position)",
        "documents_against_sale": "documents(sale_id) WHERE kind <> 'sale'",
    }

    def __init__(self, suffix: str = "") -> None:
        super().__init__(suffix)
        table = self.t("documents")
        self._add = Bulk(_COLUMNS, f"INSERT INTO {table} SELECT *, 0, 0 FROM given")
        self._void = f"UPDATE {table} SET status = '{VOIDED}' WHERE id = ? AND kind = 'sale'"
        # By quantity, not by money: a free line can be outstanding, and each line goes back at most once.
        self._refund = (
            f"UPDATE {table} SET refunded = refunded + ?1, refunded_milli = refunded_milli + ?2,"
            f" status = CASE WHEN status = '{VOIDED}' THEN status"
            f" WHEN refunded_milli + ?2 >= quantity_milli THEN '{REFUNDED}' ELSE '{PARTLY_REFUNDED}' END"
            " WHERE id = ?3 AND kind = 'sale'"
        )

    def apply(self, db: Database, events: Sequence[Recorded], opener: Opener) -> None:  # noqa: ARG002  nothing sealed here
        """Add all rows, then mark the sales that were undone: what undoes a sale always comes after it."""
        rows: list[tuple[object, ...]] = []
        voided: list[tuple[str]] = []
        refunded: list[tuple[int, int, str]] = []
        for each in events:
            event = each.event
            if isinstance(event, SaleCompleted):
                rows.append(_row(each, event, "sale", event.sale_id, event.client_ref, event.customer_id))
            elif isinstance(event, SaleVoided):
                rows.append(_row(each, event, "void", event.sale_id, None, None))
                voided.append((event.sale_id,))
            elif isinstance(event, RefundCompleted):
                rows.append(_row(each, event, "refund", event.refund_id, event.client_ref, event.customer_id))
                if event.sale_id is not None:
                    refunded.append((event.total, each.summed(event.lines).milli, event.sale_id))
        self._add.write(db, rows)
        if voided:
            db.executemany(self._void, voided)
        if refunded:
            db.executemany(self._refund, refunded)


def _row(
    each: Recorded,
    event: SaleCompleted | SaleVoided | RefundCompleted,
    kind: str,
    document_id: str,
    client_ref: str | None,
    customer_id: str | None,
) -> tuple[object, ...]:
    return (
        each.position,
        kind,
        document_id,
        event.sale_id,
        event.register_id,
        event.receipt_number,
        client_ref,
        event.business_date,
        each.occurred_at,
        event.total,
        COMPLETED,
        customer_id,
        each.summed(event.lines).milli,
    )
