"""Parts of lists: by cursor where a list may be long, by page number where the contract says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from appliance.queries import cursors

Item = dict[str, Any]
"""A value ready for JSON."""


def cut(rows: Sequence[Sequence[Any]], limit: int, view: str, key: Callable[[Any], cursors.Key], item: Any) -> Item:
    """`{items, next_cursor}` of rows that were asked for with `limit + 1`: the one too many says that there is more."""
    shown = rows[:limit]
    more = len(rows) > limit and bool(shown)
    return {
        "items": [item(row) for row in shown],
        "next_cursor": cursors.encode(view, key(shown[-1])) if more else None,
    }


def numbered(rows: Sequence[Sequence[Any]], page: int, page_size: int, item: Any) -> Item:
    """`{orders, page, page_size, total_count, total_pages}` of rows that all begin with the total.

    The statement yields one row even for an empty page: its second column is then null.
    """
    total = rows[0][0]
    return {
        "orders": [item(row[1:]) for row in rows if row[1] is not None],
        "page": page,
        "page_size": page_size,
        "total_count": total,
        "total_pages": -(-total // page_size),
    }
