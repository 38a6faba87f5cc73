"""Customers, with opened personal data; an erased one shows none."""

from __future__ import annotations

from typing import Any

from appliance.queries import cursors
from appliance.queries.pages import Item, cut
from appliance.queries.pool import Pool
from appliance.queries.search import fts_query

_SELECT = (
    "SELECT c.customer_id, c.name, c.email, c.phone, c.country, c.erased, c.version, c.position FROM customers AS c"
)
_FOUND = f"""
    {_SELECT} JOIN customers_fts AS f ON f.rowid = c.position
    WHERE customers_fts MATCH :query AND f.rowid > :after ORDER BY f.rowid LIMIT :limit
"""


async def get(pool: Pool, customer_id: str) -> Item | None:
    """One customer."""
    row = await pool.row("customer", f"{_SELECT} WHERE c.customer_id = ?", (customer_id,))
    return None if row is None else _item(row)


async def page(pool: Pool, *, limit: int, query: str | None = None, cursor: str | None = None) -> Item:
    """Customers in the order they were registered; with a query those with a name, e-mail or phone that begins so."""
    view = f"customers:{query}"
    after = cursors.decode(view, cursor, int)[0] if cursor else 0
    parameters: dict[str, Any] = {"after": after, "limit": limit + 1}
    if query is None:
        sql = f"{_SELECT} WHERE c.position > :after ORDER BY c.position LIMIT :limit"
    else:
        words = fts_query(query)
        if words is None:
            return {"items": [], "next_cursor": None}
        sql, parameters["query"] = _FOUND, words
    rows = await pool.rows("customers", sql, parameters)
    return cut(rows, limit, view, lambda row: [row[-1]], _item)


def _item(row: tuple[Any, ...]) -> Item:
    customer_id, name, email, phone, country, erased, version, _ = row
    return {
        "customer_id": customer_id,
        "name": name,
        "email": email,
        "phone": phone,
        "country": country,
        "erased": bool(erased),
        "version": version,
    }
