"""Which version of each view is live, and how far one that is being built has come."""

from __future__ import annotations

from typing import Any

from appliance.queries.pages import Item
from appliance.queries.pool import Pool

_SELECT = """
    SELECT name, version, position, status, shadow_version, shadow_position, generation, updated_at,
        (SELECT coalesce(max(position), 0) FROM events)
    FROM projections ORDER BY name
"""


async def all_of_them(pool: Pool) -> list[Item]:
    """Every view's state; `progress` is the part of the log its new tables hold, null while none are being built."""
    return [_item(row) for row in await pool.rows("projections", _SELECT)]


def _item(row: tuple[Any, ...]) -> Item:
    name, version, position, status, shadow_version, shadow_position, generation, updated_at, head = row
    building = shadow_position is not None
    return {
        "name": name,
        "version": version,
        "position": position,
        "head": head,
        "status": status,
        "building_version": shadow_version,
        "building_position": shadow_position,
        "progress": (shadow_position / head if head else 1.0) if building else None,
        "generation": generation,
        "updated_at": updated_at,
    }
