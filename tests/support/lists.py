"""Walking through lists in tests."""

from collections.abc import Awaitable, Callable
from typing import Any

from appliance.queries.pages import Item


def ids(page: Item, name: str) -> list[Any]:
    """One field of every item of a page."""
    return [item[name] for item in page["items"]]


async def walk(ask: Callable[[str | None], Awaitable[Item]]) -> list[Item]:
    """All items, a page after the other."""
    found, cursor = list[Item](), None
    for _ in range(100):
        page = await ask(cursor)
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found
    raise AssertionError("the list does not end")
