"""All that is known of one customer, opened, for the customer: what the law calls access."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import msgspec

from appliance.domain.events import Sealed
from appliance.eventstore import codec
from appliance.queries.pages import Item
from appliance.queries.pool import Pool

Opener = Callable[[Sealed], dict[str, str] | None]

PAGE_POSITIONS = 20_000  # a slice of the log that is read well within a reader's two seconds
_OWN = "SELECT type, CAST(record AS BLOB) FROM events WHERE stream_id = ? ORDER BY version"
_HEAD = "SELECT coalesce(max(position), 0) FROM events"
_ORDERS = "SELECT order_id FROM orders WHERE customer_id = ? ORDER BY position"
_DOCUMENTS = "SELECT position FROM documents WHERE position > ? AND position <= ? AND customer_id = ? ORDER BY position"
_EVENT = "SELECT type, CAST(record AS BLOB) FROM events WHERE position = ?"


async def customer(pool: Pool, opener: Opener, customer_id: str) -> Item | None:
    """What was recorded of them, of their orders and of what they bought; None where there is no such customer."""
    own = await _stream(pool, opener, f"customer-{customer_id}")
    if not own:
        return None
    orders = await pool.rows("export_orders", _ORDERS, (customer_id,))
    return {
        "customer_id": customer_id,
        "customer": own,
        "orders": [
            {"order_id": order_id, "events": await _stream(pool, opener, f"order-{order_id}")} for (order_id,) in orders
        ],
        "documents": [each async for each in _documents(pool, opener, customer_id)],
    }


async def _stream(pool: Pool, opener: Opener, stream: str) -> list[Item]:
    return [_told(kind, record, opener) for kind, record in await pool.rows("export_stream", _OWN, (stream,))]


async def _documents(pool: Pool, opener: Opener, customer_id: str) -> AsyncIterator[Item]:
    row = await pool.row("export_head", _HEAD, ())
    head = 0 if row is None else int(row[0])
    for after in range(0, head, PAGE_POSITIONS):
        span = (after, after + PAGE_POSITIONS, customer_id)
        for (position,) in await pool.rows("export_documents", _DOCUMENTS, span):
            found = await pool.row("export_document", _EVENT, (position,))
            if found is not None:
                yield _told(found[0], found[1], opener)


def _told(kind: str, record: bytes, opener: Opener) -> Item:
    recorded = codec.decode(bytes(record))
    return {
        "type": kind,
        "position": recorded.position,
        "occurred_at": recorded.occurred_at,
        "data": dict(_opened(recorded.event, opener)),
    }


def _opened(event: Any, opener: Opener) -> Iterator[tuple[str, Any]]:
    """The event's fields; what was sealed as it was before, or null where its key has been destroyed."""
    for name in event.__dataclass_fields__:
        value = getattr(event, name)
        yield name, opener(value) if isinstance(value, Sealed) else msgspec.to_builtins(value)
