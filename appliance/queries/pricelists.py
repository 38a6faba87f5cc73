"""Price lists: those in the log whole, and those whose parts are still coming in."""

from __future__ import annotations

from typing import Any

from appliance.queries import cursors
from appliance.queries.pages import Item, cut
from appliance.queries.pool import Pool

_SELECT = "SELECT version, valid_from, parts, products, activated_position FROM pricelists"


async def get(pool: Pool, version: str) -> Item | None:
    """The list of this version."""
    row = await pool.row("pricelist", f"{_SELECT} WHERE version = ?", (version,))
    return None if row is None else _item(row)


async def page(pool: Pool, *, limit: int, cursor: str | None = None) -> Item:
    """Lists by version."""
    after = cursors.decode("pricelists", cursor, str)[0] if cursor else ""
    rows = await pool.rows("pricelists", f"{_SELECT} WHERE version > ? ORDER BY version LIMIT ?", (after, limit + 1))
    return cut(rows, limit, "pricelists", lambda row: [row[0]], _item)


def _item(row: tuple[Any, ...]) -> Item:
    version, valid_from, parts, products, position = row
    return {
        "version": version,
        "valid_from": valid_from,
        "parts": parts,
        "products": products,
        "position": position,
    }
