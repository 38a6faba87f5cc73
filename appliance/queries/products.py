"""Products, with the price in force."""

from __future__ import annotations

import json
from typing import Any

from appliance.queries import cursors
from appliance.queries.pages import Item, cut
from appliance.queries.pool import Pool
from appliance.queries.search import like_patterns

# `:at` is the moment whose price is asked for. Two lists of one moment: the one activated last holds.
_PRICE = """(
        SELECT json_array(price, version) FROM (
            SELECT valid_from, position, version, price FROM prices WHERE product_id = p.product_id
            UNION ALL SELECT l.valid_from, l.activated_position, l.version, r.price
            FROM staged_prices AS r JOIN pricelists AS l USING (version)
            WHERE r.product_id = p.product_id AND l.activated_position IS NOT NULL)
        WHERE valid_from <= :at ORDER BY valid_from DESC, position DESC LIMIT 1)"""
_SELECT = f"""
    SELECT p.product_id, p.name, p.kind, p.tax_code, p.barcodes, {_PRICE}, p.shelf, p.active, p.version,
        (SELECT reason FROM recalls WHERE product_id = p.product_id)
    FROM products AS p
"""


async def get(pool: Pool, product_id: str, at: str) -> Item | None:
    """The product with its price at a moment (RFC 3339, UTC, microseconds)."""
    row = await pool.row("product", f"{_SELECT} WHERE p.product_id = :id", {"at": at, "id": product_id})
    return None if row is None else _item(row)


async def by_barcode(pool: Pool, code: str, at: str) -> Item | None:
    """The product that lists this very code; of several, the one defined last."""
    sql = f"{_SELECT} WHERE p.product_id = (SELECT product_id FROM barcodes WHERE code = :code)"
    row = await pool.row("product_by_barcode", sql, {"at": at, "code": code})
    return None if row is None else _item(row)


async def page(pool: Pool, *, at: str, limit: int, query: str = "", cursor: str | None = None) -> Item:
    """Products by id; with a query those whose name or id contains each of its words, or that list it as a code."""
    view = f"products:{query}"
    after = cursors.decode(view, cursor, str)[0] if cursor else ""
    wanted, parameters = _matching(query)
    sql = f"{_SELECT} WHERE p.product_id > :after AND {wanted} ORDER BY p.product_id LIMIT :limit"
    parameters |= {"at": at, "after": after, "limit": limit + 1}
    rows = await pool.rows("products", sql, parameters)
    return cut(rows, limit, view, lambda row: [row[0]], _item)


def _matching(query: str) -> tuple[str, dict[str, Any]]:
    patterns = like_patterns(query)
    if not patterns:
        return "true", {}
    words = " AND ".join(
        rf"(p.name LIKE :word{n} ESCAPE '\' OR p.product_id LIKE :word{n} ESCAPE '\')" for n in range(len(patterns))
    )
    found = f"({words} OR p.product_id = (SELECT product_id FROM barcodes WHERE code = :query))"
    return found, {f"word{n}": pattern for n, pattern in enumerate(patterns)} | {"query": query.strip()}


def _item(row: tuple[Any, ...]) -> Item:
    product_id, name, kind, tax_code, barcodes, price, shelf, active, version, recall = row
    amount, price_list = json.loads(price) if price else (None, None)
    return {
        "product_id": product_id,
        "name": name,
        "kind": kind,
        "tax_code": tax_code,
        "barcodes": json.loads(barcodes),
        "price": amount,
        "price_list": price_list,
        "shelf": shelf,
        "active": bool(active),
        "recalled": recall,
        "version": version,
    }
