"""Hold goods of the store's own stock for orders, let them go, and see to it that none is held for ever."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from appliance.application import facts
from appliance.application.commands_fulfilment import ExpireReservations, ReleaseStock, ReserveStock
from appliance.application.handlers.stock import available
from appliance.application.ports import Context, Outcome, Recorded, UnitOfWork
from appliance.domain import reservation as reservations
from appliance.domain.calendar import utc_text
from appliance.domain.money import quantity_text
from appliance.domain.policy import StorePolicy
from appliance.domain.product import Product
from appliance.domain.reservation import Missing, Reservation
from appliance.domain.text import check_id

HELD = 201
OUT_OF_STOCK = 409
"""Kept as an outcome, not raised: who asks again under the same key must get the same answer."""

# By the wall clock, which somebody may have set a year ahead: an order under way keeps what it holds. Its saga ends in
# running time, which nobody can set, and lets go of it then.
_DUE = """
    SELECT DISTINCT reservation_id FROM reservations WHERE expires_at <= ? AND NOT EXISTS (
      SELECT 1 FROM sagas WHERE saga_id = order_id AND status IN ('running', 'waiting', 'compensating'))
    ORDER BY expires_at LIMIT ?
"""


def reserve_stock(command: ReserveStock, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:  # noqa: ARG001  handlers are called alike
    """Hold all of it or nothing; decided in the one writer, so two orders can never be promised the same goods."""
    check_id(command.reservation_id, "/reservation_id")
    wanted = reservations.summed((each.product_id, each.quantity) for each in command.lines)
    there = stocked(uow, wanted)
    short = reservations.missing(wanted, there)
    ids = {"reservation_id": command.reservation_id, "order_id": command.order_id}
    if short:
        return Outcome(status=OUT_OF_STOCK, ids={**ids, "unavailable_items": json.dumps(unavailable(short))})
    expires_at = utc_text(context.occurred_at + timedelta(seconds=command.expires_in_s))
    held = {each: quantity for each, quantity in wanted.items() if each in there}
    recorded: list[Recorded] = []
    if held:
        event = reservations.reserve(command.reservation_id, command.order_id, held, expires_at)
        recorded = uow.append(stream_of(command.reservation_id), event, context=context)
    return Outcome(status=HELD, ids={**ids, "expires_at": expires_at}, events=recorded)


def release_stock(command: ReleaseStock, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:  # noqa: ARG001  handlers are called alike
    """Let go of what is still held; of what never was, nothing, and that is done, too."""
    recorded = let_go(uow, command.reservation_id, command.reason, context)
    return Outcome(status=200, ids={"reservation_id": command.reservation_id}, events=recorded)


def expire_reservations(command: ExpireReservations, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:  # noqa: ARG001  handlers are called alike
    """The last line of defence: whatever became of an order that is not under way, no reservation outlives its time."""
    due = uow.query(_DUE, (utc_text(context.occurred_at), command.limit))
    recorded = [each for (found,) in due for each in let_go(uow, found, reservations.EXPIRED, context)]
    return Outcome(status=200, ids={"expired": str(len(due))}, events=recorded)


def let_go(
    uow: UnitOfWork, reservation_id: str, reason: str, context: Context, only: Mapping[str, int] | None = None
) -> list[Recorded]:
    """Release all that is held, or so much of some of it."""
    reservation = load(uow, reservation_id)
    event = None if reservation is None else reservations.release(reservation, reason, only)
    return [] if event is None else uow.append(stream_of(reservation_id), event, context=context)


def issue(uow: UnitOfWork, reservation_id: str, context: Context) -> list[Recorded]:
    """Let what is held leave with its customer."""
    reservation = load(uow, reservation_id)
    event = None if reservation is None else reservations.issue(reservation)
    return [] if event is None else uow.append(stream_of(reservation_id), event, context=context)


def load(uow: UnitOfWork, reservation_id: str) -> Reservation | None:
    """A reservation of the store's own stock; None where goods are held elsewhere, or there are none to hold."""
    return uow.load(stream_of(reservation_id), Reservation, reservations.evolve)[0]


def stream_of(reservation_id: str) -> str:
    """The stream a reservation's life stands in."""
    return f"reservation-{reservation_id}"


def stocked(uow: UnitOfWork, product_ids: Iterable[str]) -> dict[str, int]:
    """What there is of each that has stock; a product nobody knows has none of it, a service is left out."""
    return available(uow, [each for each in product_ids if _has_stock(facts.product(uow, each))])


def _has_stock(product: Product | None) -> bool:
    return product is None or product.stocked


def unavailable(short: Sequence[Missing]) -> list[dict[str, str]]:
    """What is missing, as it stands in answers."""
    return [
        {
            "product_id": each.product_id,
            "requested_quantity": quantity_text(each.wanted),
            "available_quantity": quantity_text(each.available),
        }
        for each in short
    ]
