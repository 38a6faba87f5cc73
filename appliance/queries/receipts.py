"""What became of a write, by its idempotency key."""

from __future__ import annotations

import json

from appliance.queries.pages import Item
from appliance.queries.pool import Pool

_SELECT = """
    SELECT command_id, status, ids, first_position, last_position, recorded_at FROM receipts
    WHERE scope = ? AND key = ?
"""


async def get(pool: Pool, scope: str, key: str) -> Item | None:
    """The receipt kept under a key; None where nothing was booked under it."""
    row = await pool.row("receipt", _SELECT, (scope, key))
    if row is None:
        return None
    command_id, status, ids, first_position, last_position, recorded_at = row
    return {
        "key": key,
        "command_id": command_id,
        "status": status,
        "ids": json.loads(ids),
        "first_position": first_position,
        "last_position": last_position,
        "recorded_at": recorded_at,
    }
