"""What the registers issued: whole documents from the log, lists of them from their projection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from appliance.eventstore import codec
from appliance.queries import cursors
from appliance.queries.pages import Item, cut
from appliance.queries.pool import Pool

NEWEST = 2**62  # past any position: where a list that runs backwards begins

_STREAM = """
    SELECT e.type, CAST(e.record AS BLOB), d.status FROM events AS e
    LEFT JOIN documents AS d ON d.position = e.position WHERE e.stream_id = ? ORDER BY e.version
"""
_REFUND = """
    SELECT e.type, CAST(e.record AS BLOB), d.status FROM documents AS d
    JOIN events AS e ON e.position = d.position WHERE d.id = ? AND d.kind = 'refund'
"""
# With no register named, each register's references are looked through; there are few registers.
_BY_CLIENT_REF = """
    SELECT id FROM documents WHERE client_ref = :ref AND kind = :kind AND register_id IN (
        SELECT register_id FROM registers WHERE :register IS NULL OR register_id = :register)
    ORDER BY position DESC LIMIT 1
"""
_LIST = """
    SELECT position, kind, id, sale_id, register_id, receipt_number, client_ref, business_date, occurred_at,
        total, status, customer_id, refunded
    FROM documents WHERE position < :before
"""


async def sale(pool: Pool, sale_id: str) -> Item | None:
    """The sale as it was booked, its present `status`, and the `void` and `refunds` that name it, whole.

    `version` is that of the sale's stream: it grows with each of them.
    """
    rows = await pool.rows("sale", _STREAM, (f"sale-{sale_id}",))
    found = [(kind, _document(record), status) for kind, record, status in rows]
    sold = [(document, status) for kind, document, status in found if kind == "sale.completed"]
    if not sold:
        return None
    document, status = sold[0]
    voids = [each for kind, each, _ in found if kind == "sale.voided"]
    return document | {
        "version": found[-1][1]["version"],
        "status": status,
        "void": voids[0] if voids else None,
        "refunds": [each for kind, each, _ in found if kind == "refund.completed"],
    }


async def refund(pool: Pool, refund_id: str) -> Item | None:
    """The refund as it was booked, against a sale or not."""
    row = await pool.row("refund", _REFUND, (refund_id,))
    return None if row is None else _document(row[1])


async def id_by_client_ref(
    pool: Pool, client_ref: str, *, register_id: str | None = None, kind: str = "sale"
) -> str | None:
    """The id of what a register booked under its own reference; of several registers', the last one."""
    parameters = {"ref": client_ref, "kind": kind, "register": register_id}
    row = await pool.row("document_by_client_ref", _BY_CLIENT_REF, parameters)
    return None if row is None else str(row[0])


async def sale_by_client_ref(pool: Pool, client_ref: str, *, register_id: str | None = None) -> Item | None:
    """The sale that a register booked under its own reference."""
    sale_id = await id_by_client_ref(pool, client_ref, register_id=register_id)
    return None if sale_id is None else await sale(pool, sale_id)


async def page(
    pool: Pool,
    *,
    limit: int,
    cursor: str | None = None,
    date: str | None = None,
    kind: str | None = None,
    register_id: str | None = None,
) -> Item:
    """Documents, newest first; of one business date, kind or register if asked for."""
    wanted = {"business_date": date, "kind": kind, "register_id": register_id}
    filters = {column: value for column, value in wanted.items() if value is not None}
    view = f"documents:{sorted(filters.items())}"
    before = cursors.decode(view, cursor, int)[0] if cursor else NEWEST
    which = "".join(f" AND {column} = :{column}" for column in filters)
    sql = f"{_LIST}{which} ORDER BY position DESC LIMIT :limit"
    rows = await pool.rows("documents", sql, filters | {"before": before, "limit": limit + 1})
    return cut(rows, limit, view, lambda row: [row[0]], _item)


def _document(record: bytes) -> Item:
    recorded = codec.decode(record)
    head = {"position": recorded.position, "version": recorded.version, "occurred_at": recorded.occurred_at}
    data: Item = msgspec.to_builtins(recorded.event)
    return head | data


def _item(row: Sequence[Any]) -> Item:
    names = (
        "position",
        "kind",
        "id",
        "sale_id",
        "register_id",
        "receipt_number",
        "client_ref",
        "business_date",
        "occurred_at",
        "total",
        "status",
        "customer_id",
        "refunded",
    )
    return dict(zip(names, row, strict=True))
