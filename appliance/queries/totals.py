"""What the store holds in all, counted twice: from its day reports and from its documents."""

from __future__ import annotations

from appliance.queries.pages import Item
from appliance.queries.pool import Pool

_DAYS = (
    "SELECT coalesce(sum(CASE section WHEN 'sales' THEN amount WHEN 'refunds' THEN -amount WHEN 'voids' THEN -amount"
    " ELSE 0 END), 0) FROM day_totals"
)
_DOCUMENTS = "SELECT coalesce(sum(CASE kind WHEN 'sale' THEN total ELSE -total END), 0) FROM documents"


async def totals(pool: Pool) -> Item:
    """The sum of all day reports, and that of all documents: a sound store answers the same twice."""
    days = await pool.row("totals_of_days", _DAYS)
    documents = await pool.row("totals_of_documents", _DOCUMENTS)
    return {"store_total": days[0] if days else 0, "documents_total": documents[0] if documents else 0}
