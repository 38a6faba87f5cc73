"""Book stock, and the movements that made it."""

from __future__ import annotations

from typing import Any

from appliance.domain.money import quantity_text
from appliance.queries import cursors
from appliance.queries.pages import Item, cut
from appliance.queries.pool import Pool

# A stocked product that never moved has a level too: nothing.
_SELECT = """
    SELECT p.product_id, p.name, coalesce(s.on_hand_milli, 0), coalesce(s.reserved_milli, 0), s.oversold_since,
        coalesce(s.last_position, 0)
    FROM products AS p LEFT JOIN stock AS s ON s.product_id = p.product_id
    WHERE (p.kind = 'stocked' OR s.product_id IS NOT NULL)
"""

# Each movement names the one before it, so a page of history is followed backwards and never searched for.
_MOVEMENTS = """
    WITH RECURSIVE chain (position, quantity_milli, previous, n) AS (
        SELECT m.position, e.value ->> 0, e.value ->> 1, 1 FROM stock_movements AS m CROSS JOIN json_each(m.moved) AS e
            WHERE e.key = :id
            AND m.position = coalesce(:newest, (SELECT last_position FROM stock WHERE product_id = :id))
        UNION ALL
        SELECT m.position, e.value ->> 0, e.value ->> 1, chain.n + 1 FROM chain
            CROSS JOIN stock_movements AS m ON m.position = chain.previous
            CROSS JOIN json_each(m.moved) AS e ON e.key = :id WHERE chain.n < :limit)
    SELECT chain.position, c.kind, chain.quantity_milli, c.ref, c.occurred_at, chain.previous
    FROM chain JOIN stock_movements AS c ON c.position = chain.position ORDER BY chain.position DESC
"""


async def get(pool: Pool, product_id: str) -> Item | None:
    """One product's level; None where there is no such product or it is not stocked."""
    row = await pool.row("stock_level", f"{_SELECT} AND p.product_id = ?", (product_id,))
    return None if row is None else _level(row)


async def page(pool: Pool, *, limit: int, cursor: str | None = None, oversold: bool = False) -> Item:
    """Levels by product id; only those the book has below nothing, if asked for."""
    view = f"stock:{oversold:d}"
    after = cursors.decode(view, cursor, str)[0] if cursor else ""
    which = "s.oversold_since IS NOT NULL" if oversold else "true"
    sql = f"{_SELECT} AND {which} AND p.product_id > ? ORDER BY p.product_id LIMIT ?"
    rows = await pool.rows("stock_levels", sql, (after, limit + 1))
    return cut(rows, limit, view, lambda row: [row[0]], _level)


async def movements(pool: Pool, product_id: str, *, limit: int, cursor: str | None = None) -> Item:
    """What moved a product's stock, newest first."""
    view = f"movements:{product_id}"
    newest = cursors.decode(view, cursor, int)[0] if cursor else None
    parameters = {"id": product_id, "newest": newest, "limit": limit}
    rows = await pool.rows("stock_movements", _MOVEMENTS, parameters)
    following = rows[-1][-1] if len(rows) == limit else None
    return {
        "items": [_movement(row) for row in rows],
        "next_cursor": None if following is None else cursors.encode(view, [following]),
    }


def _level(row: tuple[Any, ...]) -> Item:
    product_id, name, on_hand, reserved, oversold_since, position = row
    return {
        "product_id": product_id,
        "name": name,
        "on_hand": quantity_text(on_hand),
        "reserved": quantity_text(reserved),
        "available": quantity_text(on_hand - reserved),
        "oversold": oversold_since is not None,
        "oversold_since": oversold_since,
        "position": position,
    }


def _movement(row: tuple[Any, ...]) -> Item:
    position, kind, quantity, reference, occurred_at, _ = row
    return {
        "position": position,
        "kind": kind,
        "quantity": quantity_text(quantity),
        "reference": reference,
        "occurred_at": occurred_at,
    }
