"""Messages that gave up, or whose actor this program does not know, with all that is known of why."""

from __future__ import annotations

from typing import Any

from appliance.queries import cursors
from appliance.queries.pages import Item, cut
from appliance.queries.pool import Pool

NEWEST = 2**62
MOST_BODY_CHARS = 2_000  # shown of a body; a message of 10 MB is kept whole and is not sent to a screen
_FIELDS = (
    "id", "queue", "actor", "state", "saga_id", "attempts", "kills", "error", "traceback", "enqueued_at", "failed_at",
    "bytes", "body",
)  # fmt: skip
_SQL = f"""
    SELECT id, queue, actor, state, saga, attempts, kills, error, traceback, enqueued_at, failed_at, length(body),
      substr(CAST(body AS TEXT), 1, {MOST_BODY_CHARS})
    FROM messages WHERE state IN ('dead', 'parked') AND id < ? ORDER BY id DESC LIMIT ?
"""


async def page(pool: Pool, *, limit: int, cursor: str | None = None) -> Item:
    """Dead letters, newest first."""
    view = "dead-letters"
    before = cursors.decode(view, cursor, int)[0] if cursor else NEWEST
    rows = await pool.rows("dead_letters", _SQL, (before, limit + 1))
    return cut(rows, limit, view, lambda row: [row[0]], _item)


def _item(row: tuple[Any, ...]) -> Item:
    return dict(zip(_FIELDS, row, strict=True))
