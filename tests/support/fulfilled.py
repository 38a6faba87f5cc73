"""The lives of orders, event by event, as folds and views have to take them."""

from appliance.domain import events as e
from appliance.domain import events_fulfilment as f
from tests.support.folding import Log

JAM = f.HeldLine(product_id="jam", quantity="2")
EXPIRES_AT = "2026-12-09T09:30:00.000000Z"


def picked(order_id: str) -> f.OrderPicked:
    """One of two jars was there, and a tea stands in for the other."""
    jar = f.PickedItem(line=1, product_id="jam", name="Jam", quantity="1", unit_price="2.10", amount=210, stocked=True)
    tea = f.PickedItem(
        line=1,
        product_id="tea",
        name="Tea",
        quantity="1",
        unit_price="1.50",
        amount=150,
        stocked=True,
        substitute_for="jam",
    )
    short = (f.ShortItem(line=1, product_id="jam", quantity="1"),)
    return f.OrderPicked(order_id=order_id, items=(jar, tea), short=short, total=360)


def shipped(order_id: str) -> f.OrderShipped:
    """On its way by post."""
    return f.OrderShipped(order_id=order_id, shipment_id=f"h-{order_id}", carrier="Post", tracking_number="JD1")


def ready(order_id: str) -> f.OrderReadyForCollection:
    """On the shelf."""
    return f.OrderReadyForCollection(
        order_id=order_id, shipment_id=f"h-{order_id}", carrier="pickup-shelf", place="7K2P"
    )


def paid(order_id: str, amount: int = 420) -> f.OrderPaid:
    """Charged."""
    return f.OrderPaid(
        order_id=order_id, transaction_id=f"t-{order_id}", amount=amount, currency="GBP", processed_at=EXPIRES_AT
    )


def events_of(order_id: str) -> tuple[e.Event, ...]:
    """One of each event that an order's stream may hold after it was created."""
    return (
        f.OrderReserved(order_id=order_id, reservation_id=f"v-{order_id}", expires_at=EXPIRES_AT),
        picked(order_id),
        paid(order_id, 360),
        f.OrderPaymentDeclined(order_id=order_id, amount=360, reason="card_expired"),
        ready(order_id),
        f.OrderHandedOver(order_id=order_id, operator="anna"),
        f.OrderConfirmed(order_id=order_id, notified=True),
        shipped(order_id),
        f.OrderTurnedBack(order_id=order_id, outcome="failed", reason="no"),
        f.OrderShipmentCancelled(order_id=order_id, shipment_id=f"h-{order_id}"),
        f.OrderRefunded(order_id=order_id, transaction_id=f"t-{order_id}", refund_id="b", amount=360),
        f.OrderFailed(order_id=order_id, reason="no"),
        f.OrderExpired(order_id=order_id, reason="nobody came"),
        f.OrderStuck(order_id=order_id, reason="no answer"),
    )


def reserved(order_id: str, reservation_id: str | None = None) -> f.StockReserved:
    """Two jars held."""
    return f.StockReserved(
        reservation_id=reservation_id or f"v-{order_id}", order_id=order_id, lines=(JAM,), expires_at=EXPIRES_AT
    )


def live_of_orders(log: Log, *order_ids: str) -> None:
    """Goods held, given back and issued, and every event of an order's way for each of the orders."""
    for order_id in order_ids:
        held = reserved(order_id)
        stream = f"reservation-{held.reservation_id}"
        one = (f.HeldLine(product_id="jam", quantity="1"),)
        log.add(stream, held)
        log.add(
            stream, f.StockReleased(reservation_id=held.reservation_id, order_id=order_id, lines=one, reason="short")
        )
        log.add(stream, f.StockIssued(reservation_id=held.reservation_id, order_id=order_id, lines=one))
        log.add(f"order-{order_id}", *events_of(order_id))
