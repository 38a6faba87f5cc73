"""Goods of the store's own stock that are held for an order: never more than there are, and never for ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from appliance.domain.events import Event
from appliance.domain.events_fulfilment import HeldLine, StockIssued, StockReleased, StockReserved
from appliance.domain.money import quantity_text, signed_quantity

CANCELLED = "cancelled"
SHORT = "short"
EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """What is still held, in thousandths by product."""

    reservation_id: str
    order_id: str
    held: Mapping[str, int]
    expires_at: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A product that is not there in the quantity asked for, in thousandths."""

    product_id: str
    wanted: int
    available: int


def evolve(state: Reservation | None, event: Event) -> Reservation:
    """The reservation after one more event of its stream."""
    if isinstance(event, StockReserved):
        held = _moved({} if state is None else state.held, event.lines, 1)
        return Reservation(
            reservation_id=event.reservation_id, order_id=event.order_id, held=held, expires_at=event.expires_at
        )
    if state is None:
        msg = f"a reservation's stream begins with stock.reserved, not {type(event).__name__}"
        raise TypeError(msg)
    if isinstance(event, StockReleased | StockIssued):
        return replace(state, held=_moved(state.held, event.lines, -1))
    return state


def missing(wanted: Mapping[str, int], available: Mapping[str, int]) -> tuple[Missing, ...]:
    """What keeps the goods from being held; a product without stock, such as a service, is not in `available`."""
    return tuple(
        Missing(product_id, quantity, max(available[product_id], 0))
        for product_id, quantity in wanted.items()
        if product_id in available and available[product_id] < quantity
    )


def reserve(reservation_id: str, order_id: str, wanted: Mapping[str, int], expires_at: str) -> StockReserved:
    """Hold the goods; whoever calls this has seen that nothing is `missing`."""
    return StockReserved(
        reservation_id=reservation_id, order_id=order_id, lines=lines_of(wanted), expires_at=expires_at
    )


def release(reservation: Reservation, reason: str, only: Mapping[str, int] | None = None) -> StockReleased | None:
    """Let go of all, or of so much of some; None where nothing of it is held."""
    given = _held_of(reservation, reservation.held if only is None else only)
    if not given:
        return None
    return StockReleased(
        reservation_id=reservation.reservation_id, order_id=reservation.order_id, lines=given, reason=reason
    )


def issue(reservation: Reservation) -> StockIssued | None:
    """Let what is held leave with its customer; None where nothing is held."""
    given = _held_of(reservation, reservation.held)
    if not given:
        return None
    return StockIssued(reservation_id=reservation.reservation_id, order_id=reservation.order_id, lines=given)


def lines_of(quantities: Mapping[str, int]) -> tuple[HeldLine, ...]:
    """Quantities as they stand in events."""
    return tuple(
        HeldLine(product_id=product_id, quantity=quantity_text(quantity))
        for product_id, quantity in quantities.items()
        if quantity > 0
    )


def summed(lines: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Thousandths by product of (product id, quantity) pairs; a product may stand on several of them."""
    sums: dict[str, int] = {}
    for product_id, quantity in lines:
        sums[product_id] = sums.get(product_id, 0) + signed_quantity(quantity)
    return sums


def _held_of(reservation: Reservation, wanted: Mapping[str, int]) -> tuple[HeldLine, ...]:
    return lines_of({each: min(quantity, reservation.held.get(each, 0)) for each, quantity in wanted.items()})


def _moved(held: Mapping[str, int], lines: Sequence[HeldLine], sign: int) -> dict[str, int]:
    moved = dict(held)
    for line in lines:
        moved[line.product_id] = moved.get(line.product_id, 0) + sign * signed_quantity(line.quantity)
    return {product_id: quantity for product_id, quantity in moved.items() if quantity}
