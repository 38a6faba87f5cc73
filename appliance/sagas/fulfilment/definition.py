"""Order fulfilment, version 1.

A delivery is paid, shipped and confirmed without anybody's help. A pickup is picked first and paid for what was picked,
then lies on the shelf until its customer comes. What fails, is cancelled or waits in vain is undone in reverse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from appliance.domain.events import OrderCreated
from appliance.domain.events_fulfilment import OrderHandedOver, OrderPicked, OrderTurnedBack
from appliance.domain.order import CANCELLED, PICKUP
from appliance.domain.policy import StorePolicy
from appliance.sagas.definition import Begin, Cancel, Data, Definition, Retry, Signal, Step, Wait
from appliance.sagas.fulfilment import calls, effects
from appliance.sagas.fulfilment.calls import PAY, PICK, RESERVE, SHIP, Calls, Known
from appliance.sagas.fulfilment.effects import CONFIRM, Booking

NAME = "order_fulfilment"
VERSION = 1
COLLECT = "await_collection"
NOT_PICKED = "It was not picked in time."
NOT_COLLECTED = "Nobody collected it in time."

MINUTE = 60.0
HOUR = 3600.0
DAY = 24 * HOUR
SLACK_S = 2 * DAY  # of a reservation beyond the longest an order may take


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long people may take."""

    pick_s: float = 7 * DAY
    pick_late_s: float = 4 * HOUR  # then it is shown as a problem
    collect_s: float = 7 * DAY
    collect_late_s: float = 6 * DAY
    automatic_s: float = DAY

    @property
    def hold_s(self) -> int:
        """How long goods are held at the most: longer than all of it together."""
        return int(self.pick_s + self.collect_s + self.automatic_s + SLACK_S)


def order_fulfilment(people: Known, policy: Callable[[], StorePolicy], times: Times | None = None) -> Definition:
    """The saga that every order begins, from wherever it came."""
    times = times or Times()
    call = Calls(people, times.hold_s)
    booking = Booking(policy, frozenset({NOT_PICKED, NOT_COLLECTED}))
    return Definition(
        name=NAME,
        version=VERSION,
        deadline_s=times.automatic_s,
        steps=(*_before(call, booking, times), *_shelf(call, booking, times)),
        starts={OrderCreated: _begin},
        signals={OrderPicked: _picked, OrderHandedOver: _handed_over},
        cancels={OrderTurnedBack: _cancelled},
        on_completed=effects.confirmed,
        on_compensating=booking.turned_back,
        on_compensated=effects.compensated,
        on_stuck=effects.stuck,
    )


def _before(call: Calls, booking: Booking, times: Times) -> tuple[Step, ...]:
    return (
        Step(name="validate_order", action=calls.validate, timeout_s=30, retry=Retry(attempts=3)),
        Step(
            name=RESERVE,
            action=call.reserve,
            ask=calls.ask_inventory,
            compensation=calls.release,
            ask_undone=calls.ask_inventory,
            timeout_s=30,
            retry=Retry(attempts=3),
            on_done=effects.reserved,
        ),
        Step(
            name=PICK,
            applies=_is_pickup,
            wait=Wait(timeout_s=times.pick_s, escalate_s=times.pick_late_s, expired=NOT_PICKED),
        ),
        Step(
            name=PAY,
            action=calls.pay,
            ask=calls.ask_payment,
            compensation=call.refund,
            ask_undone=calls.ask_refund,
            timeout_s=60,
            retry=Retry(attempts=5),
            on_done=effects.paid,
            on_undone=booking.refunded,
        ),
    )


def _shelf(call: Calls, booking: Booking, times: Times) -> tuple[Step, ...]:
    return (
        Step(
            name=SHIP,
            action=call.ship,
            ask=calls.ask_shipping,
            compensation=calls.cancel_shipment,
            ask_undone=calls.ask_shipping,
            timeout_s=30,
            retry=Retry(attempts=5),
            on_done=booking.shipped,
            on_undone=effects.shipment_cancelled,
        ),
        Step(
            name="notify_ready",
            applies=_is_pickup,
            action=call.notify_ready,
            ask=calls.ask_notification,
            retry=Retry(attempts=3),
            optional=True,
            patience_s=10 * MINUTE,  # the goods are offered after it
        ),
        Step(name="offer_for_collection", applies=_is_pickup, on_done=effects.ready),
        Step(
            name=COLLECT,
            applies=_is_pickup,
            wait=Wait(timeout_s=times.collect_s, escalate_s=times.collect_late_s, expired=NOT_COLLECTED),
        ),
        Step(
            name=CONFIRM,
            action=call.confirm,
            ask=calls.ask_notification,
            retry=Retry(attempts=8),
            optional=True,
            patience_s=DAY,  # the goods have left: nobody waits for this but a message worth sending late
        ),
    )


def _is_pickup(given: Data) -> bool:
    return bool(given["kind"] == PICKUP)


def _begin(event: OrderCreated) -> Begin:
    return Begin(
        saga_id=event.order_id,
        subject=event.order_id,
        input={
            "kind": event.kind,
            "customer_id": event.customer_id,
            "items": [{"product_id": each.product_id, "quantity": each.quantity} for each in event.items],
            "amount": event.total,
            "currency": event.currency,
        },
    )


def _picked(event: OrderPicked) -> Signal:
    return Signal(saga_id=event.order_id, step=PICK, result={"amount": event.total})


def _handed_over(event: OrderHandedOver) -> Signal:
    return Signal(saga_id=event.order_id, step=COLLECT)


def _cancelled(event: OrderTurnedBack) -> Cancel | None:
    """Only what somebody asked for; that the saga itself has turned round says the same event, once it has."""
    return Cancel(saga_id=event.order_id, reason=event.reason) if event.outcome == CANCELLED else None
