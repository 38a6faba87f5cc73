"""The registers, and what should be in their drawers."""

from __future__ import annotations

import json
from typing import Any

from appliance.queries import cursors
from appliance.queries.pages import Item, cut
from appliance.queries.pool import Pool

_SELECT = """
    SELECT register_id, name, session, session_open, version,
        (SELECT reason FROM shut_registers AS s WHERE s.register_id = registers.register_id)
    FROM registers
"""

_SUMS = (
    "paid_in",
    "paid_out",
    "sales_count",
    "sales_amount",
    "refunds_count",
    "refunds_amount",
    "voids_count",
    "voids_amount",
)
# The present session has no row until something happens in it: then all its sums are nothing.
_DRAWER = f"""
    SELECT r.register_id, r.name, r.session, r.session_open, r.version, r.opening_float, r.after_position,
        s.business_date, s.opened_at, s.counted,
        (SELECT json_group_array(json_array(type, count, amount)) FROM (
            SELECT type, count, amount FROM drawer_tenders AS t
            WHERE t.register_id = r.register_id AND t.session = r.session ORDER BY type)),
        {", ".join(f"coalesce(s.{name}, 0)" for name in _SUMS)}
    FROM registers AS r LEFT JOIN drawer_sessions AS s ON s.register_id = r.register_id AND s.session = r.session
    WHERE r.register_id = ?
"""


async def get(pool: Pool, register_id: str) -> Item | None:
    """One register."""
    row = await pool.row("register", f"{_SELECT} WHERE register_id = ?", (register_id,))
    return None if row is None else _item(row)


async def page(pool: Pool, *, limit: int, cursor: str | None = None) -> Item:
    """Registers by id."""
    after = cursors.decode("registers", cursor, str)[0] if cursor else ""
    sql = f"{_SELECT} WHERE register_id > ? ORDER BY register_id LIMIT ?"
    rows = await pool.rows("registers", sql, (after, limit + 1))
    return cut(rows, limit, "registers", lambda row: [row[0]], _item)


async def drawer(pool: Pool, register_id: str) -> Item | None:
    """The X report: everything on the register since its last Z. `expected` is the cash that should be there."""
    row = await pool.row("drawer", _DRAWER, (register_id,))
    if row is None:
        return None
    found, name, session, is_open, version, opening_float, after, date, opened_at, counted, tenders, *sums = row
    totals = dict(zip(_SUMS, sums, strict=True))
    taken = [{"type": kind, "count": count, "amount": amount} for kind, count, amount in json.loads(tenders)]
    cash = sum(each["amount"] for each in taken if each["type"] == "cash")
    return {
        "register_id": found,
        "name": name,
        "session": session,
        "drawer_open": bool(is_open),
        "after_position": after,
        "business_date": date,
        "opened_at": opened_at,
        "opening_float": opening_float,
        **totals,
        "tenders": taken,
        "expected": opening_float + totals["paid_in"] - totals["paid_out"] + cash,
        "counted": counted,
        "version": version,
    }


def _item(row: tuple[Any, ...]) -> Item:
    register_id, name, session, is_open, version, shut = row
    return {
        "register_id": register_id,
        "name": name,
        "session": session,
        "drawer_open": bool(is_open),
        "shut": shut,
        "version": version,
    }
