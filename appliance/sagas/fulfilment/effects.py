"""What an outcome means for the order, the goods and the books, in the very transaction that records the outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from appliance.application.handlers import fulfilment as fulfil
from appliance.application.ports import Context, UnitOfWork
from appliance.domain import events_fulfilment as f
from appliance.domain import order as orders
from appliance.domain.policy import StorePolicy
from appliance.sagas.definition import Settled
from appliance.sagas.fulfilment.calls import DECLINED, PAY, SHIP, due

CONFIRM = "send_order_confirmation"


def reserved(uow: UnitOfWork, settled: Settled, context: Context) -> None:
    """All of it is held; a pickup waits to be picked from here on."""
    event = f.OrderReserved(
        order_id=settled.subject,
        reservation_id=settled.result["reservation_id"],
        expires_at=settled.result["expires_at"],
    )
    fulfil.append(uow, settled.subject, event, context)


def paid(uow: UnitOfWork, settled: Settled, context: Context) -> None:
    """The money is here."""
    charged = settled.result
    event = f.OrderPaid(
        order_id=settled.subject,
        transaction_id=charged["transaction_id"],
        amount=charged["amount"],
        currency=charged["currency"],
        processed_at=charged["processed_at"],
    )
    fulfil.append(uow, settled.subject, event, context)


def ready(uow: UnitOfWork, settled: Settled, context: Context) -> None:
    """The goods lie ready, and the saga begins to wait for the customer in this very transaction."""
    shelf = settled.results.get(SHIP, {})
    event = f.OrderReadyForCollection(
        order_id=settled.subject,
        shipment_id=shelf.get("shipment_id", ""),
        carrier=shelf.get("carrier", ""),
        place=shelf.get("tracking_number", ""),
    )
    fulfil.append(uow, settled.subject, event, context)


def shipment_cancelled(uow: UnitOfWork, settled: Settled, context: Context) -> None:
    """The goods are back."""
    shipment_id = settled.results.get(SHIP, {}).get("shipment_id", "")
    event = f.OrderShipmentCancelled(order_id=settled.subject, shipment_id=shipment_id)
    fulfil.append(uow, settled.subject, event, context)


def confirmed(uow: UnitOfWork, settled: Settled, context: Context) -> None:
    """Nothing is left to do."""
    told = bool(settled.results.get(CONFIRM, {}).get("told"))
    event = f.OrderConfirmed(order_id=settled.subject, notified=told)
    fulfil.append(uow, settled.subject, event, context)


def compensated(uow: UnitOfWork, settled: Settled, context: Context) -> None:
    """All is undone."""
    fulfil.end(uow, settled.subject, settled.reason, context)


def stuck(uow: UnitOfWork, settled: Settled, context: Context) -> None:
    """It goes neither on nor back: people can see it."""
    event = f.OrderStuck(order_id=settled.subject, reason=f"{settled.step}: {settled.reason}")
    fulfil.append(uow, settled.subject, event, context)


@dataclass(frozen=True, slots=True)
class Booking:
    """The outcomes that move money or goods in the books, under the policy of the moment."""

    policy: Callable[[], StorePolicy]
    expired: frozenset[str]  # the reasons of those who waited in vain

    def shipped(self, uow: UnitOfWork, settled: Settled, context: Context) -> None:
        """A delivery leaves with its shipment: the sale is booked. A pickup only goes to the shelf."""
        if settled.input["kind"] != orders.DELIVERY:
            return
        shipment = settled.result
        event = f.OrderShipped(
            order_id=settled.subject,
            shipment_id=shipment["shipment_id"],
            carrier=shipment["carrier"],
            tracking_number=shipment["tracking_number"],
            estimated_delivery=shipment.get("estimated_delivery"),
        )
        fulfil.ship(uow, event, context, self.policy())

    def refunded(self, uow: UnitOfWork, settled: Settled, context: Context) -> None:
        """The money has gone back, and out of the books where it was in them."""
        event = f.OrderRefunded(
            order_id=settled.subject,
            transaction_id=settled.results.get(PAY, {}).get("transaction_id", ""),
            refund_id=settled.result.get("refund_id", ""),
            amount=settled.result.get("amount", 0),
        )
        fulfil.refund(uow, event, settled.reason, context, self.policy())

    def turned_back(self, uow: UnitOfWork, settled: Settled, context: Context) -> None:
        """It is being undone: because nobody came, or because something failed, unless somebody asked for it."""
        if settled.step == PAY and settled.reason.startswith(DECLINED):
            reason = settled.reason.removeprefix(DECLINED)
            amount = due(settled.input, settled.results)
            event = f.OrderPaymentDeclined(order_id=settled.subject, amount=amount, reason=reason)
            fulfil.append(uow, settled.subject, event, context)
        outcome = orders.EXPIRED if settled.reason in self.expired else orders.FAILED
        fulfil.turn_back(uow, settled.subject, outcome, settled.reason, context)
