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
_COLUMNS = f"""
    id, queue, actor, state, saga, attempts, kills, error, traceback, enqueued_at, failed_at, length(body),
    substr(CAST(body AS BLOB), 1, {MOST_BODY_CHARS})
"""
_GAVE_UP = "state IN ('dead', 'parked')"
_PAGE = f"SELECT {_COLUMNS} FROM messages WHERE {_GAVE_UP} AND id < ? ORDER BY id DESC LIMIT ?"
_ONE = f"SELECT {_COLUMNS} FROM messages WHERE {_GAVE_UP} AND id = ?"


async def page(pool: Pool, *, limit: int, cursor: str | None = None) -> Item:
    """Dead letters, newest first."""
    view = "dead-letters"
    before = cursors.decode(view, cursor, int)[0] if cursor else NEWEST
    rows = await pool.rows("dead_letters", _PAGE, (before, limit + 1))
    return cut(rows, limit, view, lambda row: [row[0]], _item)


async def get(pool: Pool, message_id: int) -> Item | None:
    """One dead letter; None where no message of that id has given up."""
    rows = await pool.rows("dead_letters", _ONE, (message_id,))
    return _item(rows[0]) if rows else None


def _item(row: tuple[Any, ...]) -> Item:
    *known, body = row
    # What gave up may have given up because it is no text at all.
    return dict(zip(_FIELDS, (*known, bytes(body or b"").decode("utf-8", "replace")), strict=True))
