"""Personal data for the one who has to call or drive: opened from the log at the moment it is needed.

Read from the log and not from a view, so that it is there while a view is being rebuilt.
"""

from __future__ import annotations

from collections.abc import Callable

from appliance.domain.events import CustomerRegistered, OrderCreated, Sealed
from appliance.eventstore import codec
from appliance.queries.pool import Pool

Opener = Callable[[Sealed], dict[str, str] | None]

_ORDER = "SELECT CAST(record AS BLOB) FROM events WHERE stream_id = ? AND version = 1"
_CUSTOMER = """
    SELECT CAST(record AS BLOB) FROM events WHERE stream_id = ? AND type = 'customer.registered'
    ORDER BY version DESC LIMIT 1
"""


class Contacts:
    """Opens an address or a contact; None where there is none, or none any more."""

    def __init__(self, pool: Pool, opener: Opener) -> None:
        self._pool = pool
        self._open = opener

    async def address(self, order_id: str) -> dict[str, str] | None:
        """Where an order goes."""
        row = await self._pool.row("order_address", _ORDER, (f"order-{order_id}",))
        event = None if row is None else codec.decode(row[0]).event
        return self._opened(event.address) if isinstance(event, OrderCreated) else None

    async def contact(self, customer_id: str) -> dict[str, str] | None:
        """How a customer is reached."""
        row = await self._pool.row("customer_contact", _CUSTOMER, (f"customer-{customer_id}",))
        event = None if row is None else codec.decode(row[0]).event
        return self._opened(event.personal) if isinstance(event, CustomerRegistered) else None

    def _opened(self, sealed: Sealed | None) -> dict[str, str] | None:
        return None if sealed is None else self._open(sealed)
