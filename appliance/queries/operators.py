"""Who works here."""

from __future__ import annotations

from typing import Any

from appliance.queries import cursors
from appliance.queries.pages import Item, cut
from appliance.queries.pool import Pool

_SELECT = (
    "SELECT o.operator_id, o.name, o.role, o.active, o.added_at, o.version,"
    " EXISTS (SELECT 1 FROM operator_pins AS p WHERE p.operator_id = o.operator_id) FROM operators AS o"
)


async def page(pool: Pool, *, limit: int, cursor: str | None = None) -> Item:
    """Operators by id, disabled ones too."""
    after = cursors.decode("operators", cursor, str)[0] if cursor else ""
    sql = f"{_SELECT} WHERE o.operator_id > ? ORDER BY o.operator_id LIMIT ?"
    rows = await pool.rows("operators", sql, (after, limit + 1))
    return cut(rows, limit, "operators", lambda row: [row[0]], _item)


def _item(row: tuple[Any, ...]) -> Item:
    operator_id, name, role, active, added_at, version, has_pin = row
    return {
        "operator_id": operator_id,
        "name": name,
        "role": role,
        "active": bool(active),
        "added_at": added_at,
        "pin_set": bool(has_pin),
        "version": version,
    }
