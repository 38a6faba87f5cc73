"""Order details as they were last served: found by id, dropped when a commit changes them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

from appliance.application.ports import Recorded
from appliance.domain.events import CustomerErased, CustomerRegistered

STREAMS = ("order-", "saga-")  # an order, and the saga that bears its id: its steps are shown with it
KEPT_ORDERS = 1_000  # about 2 KiB each


class Served(NamedTuple):
    """An answer, ready to be sent again."""

    etag: bytes
    body: bytes
    customer_id: str


class OrderCache:
    """A bounded memory of answers; least recently used go first. Safe between the loop and the writer thread.

    A read takes `ticket` before it looks into the database and hands it to `put`: what a commit dropped in between is
    not put back.
    """

    def __init__(self, limit: int = KEPT_ORDERS) -> None:
        self._limit = limit
        self._served: OrderedDict[str, Served] = OrderedDict()
        self._lock = threading.Lock()
        self._ticket = 0
        self.hits = 0
        self.misses = 0

    @property
    def ticket(self) -> int:
        """Grows with everything dropped."""
        return self._ticket

    def get(self, order_id: str) -> Served | None:
        """The answer as last served, if it still holds; counts a hit or a miss."""
        with self._lock:
            served = self._served.get(order_id)
            if served is None:
                self.misses += 1
                return None
            self._served.move_to_end(order_id)
            self.hits += 1
            return served

    def put(self, order_id: str, served: Served, ticket: int) -> None:
        """Remember an answer read under `ticket`, unless something was dropped since."""
        with self._lock:
            if ticket != self._ticket:
                return
            self._served[order_id] = served
            if len(self._served) > self._limit:
                self._served.popitem(last=False)

    def committed(self, events: Sequence[Recorded]) -> None:
        """Drop what the events change: the order, or every order of the customer."""
        for each in events:
            event = each.event
            if isinstance(event, CustomerRegistered | CustomerErased):
                self._drop_customer(event.customer_id)
            elif each.stream_id.startswith(STREAMS):
                self._drop(each.stream_id.partition("-")[2])

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._ticket += 1
            self._served.clear()

    def _drop(self, order_id: str) -> None:
        with self._lock:
            self._ticket += 1
            self._served.pop(order_id, None)

    def _drop_customer(self, customer_id: str) -> None:
        with self._lock:
            self._ticket += 1
            for order_id in [key for key, served in self._served.items() if served.customer_id == customer_id]:
                del self._served[order_id]
