"""States that one command reads again after it has changed them: its own events are in what `UnitOfWork.load` answers.

A saga's step records its outcome, what that means for the order, and what that means for the goods, in one command
and through functions that know nothing of each other. So an order and a reservation are kept up as their events are
appended, in the command's own memory; who appends one must have loaded it before.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, Protocol, cast, get_args

from appliance.application.ports import Recorded
from appliance.domain import events_fulfilment as f
from appliance.domain import order, reservation
from appliance.domain.events import Event, OrderCancelled, OrderCreated


class StateWriter(Protocol):
    """What an event may do to the states in memory."""

    def peek(self, key: tuple[Hashable, ...]) -> Any:
        """The state and its version, or a marker that it is not in memory."""
        ...

    def put(self, key: tuple[Hashable, ...], value: Any) -> None:
        """Set it to what it now is."""
        ...


def _keeping(evolve: Callable[[Any, Event], Any], first: type[Event]) -> Callable[[StateWriter, Recorded], None]:
    def touch(states: StateWriter, recorded: Recorded) -> None:
        key = ("stream", recorded.stream_id)
        known = states.peek(key)
        if isinstance(known, tuple) and known[0] is not None:
            states.put(key, (evolve(known[0], recorded.event), recorded.version))
        elif recorded.version == 1 and type(recorded.event) is first:
            states.put(key, (evolve(None, recorded.event), recorded.version))

    return touch


_OF_GOODS = frozenset({f.StockReserved, f.StockReleased, f.StockIssued})
_OF_ORDERS = cast("set[type[Event]]", {*get_args(f.FulfilmentEvent), OrderCreated, OrderCancelled} - _OF_GOODS)

TOUCH: Mapping[type[Event], Callable[[StateWriter, Recorded], None]] = {
    **dict.fromkeys(_OF_ORDERS, _keeping(order.evolve, OrderCreated)),
    **dict.fromkeys(_OF_GOODS, _keeping(reservation.evolve, f.StockReserved)),
}
"""What each event does to the state of its stream."""
