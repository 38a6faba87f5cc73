"""What staff do for orders, and what the outcome of each step of an order's saga means for the store.

The functions without a command run inside the transaction that records a step's outcome: what they say is already
true, so they refuse nothing and leave out what cannot be said any more.
"""

from __future__ import annotations

from appliance.application import facts
from appliance.application.commands_fulfilment import HandOverOrder, PickedLine, PickOrder, RecordDeed
from appliance.application.handlers import reservations as held
from appliance.application.handlers.lines import Terms, known_product, terms
from appliance.application.ports import Context, Outcome, Recorded, UnitOfWork
from appliance.domain import events_fulfilment as f
from appliance.domain import order as orders
from appliance.domain import picking, reservation
from appliance.domain.calendar import store_time
from appliance.domain.document import Stamp, receipt_number
from appliance.domain.events import Event, OrderCancelled, RegisterAdded
from appliance.domain.order import Order
from appliance.domain.order_sale import given_back as back_of
from appliance.domain.order_sale import refund_of, sale_of
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals import GivenTwice, InsufficientStock, OrderNotFound, Refusal
from appliance.domain.refusals_fulfilment import NotPicked, OrderBeingUndone
from appliance.domain.sale import Sale
from appliance.domain.sale import evolve as evolve_sale
from appliance.domain.text import MAX_ID, MAX_REASON, check_text

REGISTER_NAME = "Orders"


# --- what staff do -------------------------------------------------------------------------------------------


def pick_order(command: PickOrder, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:
    """Write down what was picked: shorts are for everybody again, substitutes are held like anything else."""
    order = load(uow, command.order_id)
    check_text(command.operator or "", "/operator", MAX_ID)
    event = picking.pick(order, _found(command, order, terms(uow, context, policy, None)), command.operator, policy)
    recorded = _swap_goods(uow, order, event, context)
    recorded += append(uow, order.order_id, event, context, command.expected_version)
    return Outcome(status=200, ids={"order_id": order.order_id, "status": orders.PICKED}, events=recorded)


def hand_over_order(command: HandOverOrder, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:
    """Give the goods to the customer: they leave the stock, and the sale is booked."""
    order = load(uow, command.order_id)
    check_text(command.operator or "", "/operator", MAX_ID)
    if order.kind != orders.PICKUP:
        raise NotPicked(f"Order {order.order_id} is a {order.kind}.", order_id=order.order_id, kind=order.kind)
    orders.check_status(order, frozenset({orders.READY_FOR_COLLECTION}))
    event = f.OrderHandedOver(order_id=order.order_id, operator=command.operator)
    recorded = _book(uow, order, context, policy, command.operator)
    recorded += append(uow, order.order_id, event, context, command.expected_version)
    return Outcome(status=200, ids={"order_id": order.order_id, "status": orders.HANDED_OVER}, events=recorded)


def record_deed(command: RecordDeed, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:  # noqa: ARG001  handlers are called alike
    """Nothing but the receipt that is kept with it."""
    return Outcome(status=201, ids={"kind": command.kind, **command.facts})


def _found(command: PickOrder, order: Order, on: Terms) -> dict[int, picking.Found]:
    found: dict[int, picking.Found] = {}
    for index, given in enumerate(command.lines):
        if given.line in found:
            raise GivenTwice(f"Line {given.line} is given twice.", at=f"/lines/{index}/line", line=given.line)
        try:
            found[given.line] = picking.Found(
                at=f"/lines/{index}", quantity=given.picked, stand_in=_stand_in(given, order, on)
            )
        except Refusal as refusal:
            raise refusal.within(f"/lines/{index}/substitute") from None
    return found


def _stand_in(given: PickedLine, order: Order, on: Terms) -> picking.StandIn | None:
    if given.substitute_id is None or not 1 <= given.line <= len(order.items):
        return None
    product = known_product(on.uow, given.substitute_id)
    quantity = given.substitute_quantity
    if quantity is None:
        quantity = picking.left_of(order.items[given.line - 1], given.picked)
    return picking.StandIn(product=product, quantity=quantity, in_force=on.price_of(product))


def _swap_goods(uow: UnitOfWork, order: Order, event: f.OrderPicked, context: Context) -> list[Recorded]:
    """What is short is let go of, what stands in for it is held, where the store's own stock is what is held."""
    own = held.load(uow, order.reservation_id) if order.reservation_id is not None else None
    if own is None:
        return []
    wanted = reservation.summed((each.product_id, each.quantity) for each in event.items if each.substitute_for)
    there = held.stocked(uow, wanted)
    missing = reservation.missing(wanted, there)
    if missing:
        names = ", ".join(each.product_id for each in missing)
        raise InsufficientStock(
            f"By the book, not enough is free of: {names}.", at="/lines", unavailable_items=held.unavailable(missing)
        )
    short = reservation.summed((each.product_id, each.quantity) for each in event.short)
    recorded = held.let_go(uow, own.reservation_id, reservation.SHORT, context, only=short)
    stand_ins = {each: quantity for each, quantity in wanted.items() if each in there}
    if stand_ins:
        more = reservation.reserve(own.reservation_id, own.order_id, stand_ins, own.expires_at)
        recorded += uow.append(held.stream_of(own.reservation_id), more, context=context)
    return recorded


# --- what an outcome means -----------------------------------------------------------------------------------


def load(uow: UnitOfWork, order_id: str) -> Order:
    """The order as it stands, this command's own events included. Raises OrderNotFound."""
    order, _ = uow.load(stream_of(order_id), Order, orders.evolve)
    if order is None:
        raise OrderNotFound(f"There is no order {order_id[:MAX_ID]!r}.")
    return order


def stream_of(order_id: str) -> str:
    """The stream an order's life stands in."""
    return f"order-{order_id}"


def append(
    uow: UnitOfWork, order_id: str, event: Event, context: Context, expected: int | None = None
) -> list[Recorded]:
    """Add to an order's stream; the state in this command's memory follows."""
    load(uow, order_id)
    return uow.append(stream_of(order_id), event, context=context, expected=expected)


def ship(uow: UnitOfWork, event: f.OrderShipped, context: Context, policy: StorePolicy) -> None:
    """The goods have left by a carrier: they leave the stock, and the sale is booked."""
    _book(uow, load(uow, event.order_id), context, policy, None)
    append(uow, event.order_id, event, context)


def refund(uow: UnitOfWork, event: f.OrderRefunded, reason: str, context: Context, policy: StorePolicy) -> None:
    """The money went back; a sale that was booked is refunded in the books, and its goods are on the shelf again."""
    order = load(uow, event.order_id)
    append(uow, event.order_id, event, context)
    sale, _ = uow.load(f"sale-{order.order_id}", Sale, evolve_sale) if order.booked else (None, 0)
    if sale is None:
        return
    why = reason[:MAX_REASON] or "undone"
    back = refund_of(sale, f"{order.order_id}-back", _stamp(uow, context, policy, None), why, policy)
    if back is not None:
        uow.append(f"sale-{order.order_id}", back, context=context)


def given_back(uow: UnitOfWork, order_id: str) -> int:
    """What tills gave back of the order's sale. Once the order is being undone it stays what it is."""
    order = load(uow, order_id)
    sale, _ = uow.load(f"sale-{order_id}", Sale, evolve_sale) if order.booked else (None, 0)
    return 0 if sale is None else back_of(sale)


def check_not_undone(uow: UnitOfWork, sale_id: str) -> None:
    """Refuse what a till would give back for an order whose money is on its way back: it has the sale's id."""
    order, _ = uow.load(stream_of(sale_id), Order, orders.evolve)
    if order is not None and order.outcome is not None and order.status in {orders.CANCELLING, orders.STUCK}:
        raise OrderBeingUndone(f"Order {sale_id} is {order.status}.", order_id=sale_id, status=order.status)


def turn_back(uow: UnitOfWork, order_id: str, outcome: str, reason: str, context: Context) -> None:
    """What was done is being undone; a cancellation that was asked for stays one, whatever came in between."""
    order = load(uow, order_id)
    if order.status == orders.CANCELLING:
        return
    event = f.OrderTurnedBack(order_id=order_id, outcome=order.outcome or outcome, reason=reason)
    append(uow, order_id, event, context)


def end(uow: UnitOfWork, order_id: str, reason: str, context: Context) -> None:
    """All that was done for the order is undone: it is cancelled, failed or expired, as was said when it turned."""
    outcome = load(uow, order_id).outcome
    endings: dict[str | None, Event] = {
        orders.CANCELLED: OrderCancelled(order_id=order_id, reason=reason),
        orders.EXPIRED: f.OrderExpired(order_id=order_id, reason=reason),
    }
    append(uow, order_id, endings.get(outcome, f.OrderFailed(order_id=order_id, reason=reason)), context)


def _book(uow: UnitOfWork, order: Order, context: Context, policy: StorePolicy, operator: str | None) -> list[Recorded]:
    recorded = []
    if order.reservation_id is not None:
        recorded += held.issue(uow, order.reservation_id, context)
    _add_register(uow, context, policy)
    sale = sale_of(order, _stamp(uow, context, policy, operator), policy)
    return recorded + uow.append(f"sale-{order.order_id}", sale, context=context)


def _add_register(uow: UnitOfWork, context: Context, policy: StorePolicy) -> None:
    """Before the first receipt of an order, the register that issues it."""
    register_id = policy.order_register
    if facts.register(uow, register_id) is None:
        event = RegisterAdded(register_id=register_id, name=REGISTER_NAME)
        uow.append(f"register-{register_id}", event, context=context)


def _stamp(uow: UnitOfWork, context: Context, policy: StorePolicy, operator: str | None) -> Stamp:
    register_id = policy.order_register
    business_date, local_time = store_time(context.occurred_at, policy.timezone, policy.day_roll_hour)
    number = facts.last_receipt_number(uow, register_id) + 1
    return Stamp(
        register_id=register_id,
        receipt_number=receipt_number(register_id, uow.incarnation, number),
        client_ref=None,
        business_date=business_date,
        local_time=local_time,
        clock_trusted=context.clock_trusted,
        operator=operator or context.operator,
        approved_by=None,
    )
