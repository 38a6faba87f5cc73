"""The sale that a fulfilled order is: booked when the goods leave, undone by a refund of it when they come back.

It is a sale like any other, on a register of its own: day totals, tenders, taxes, stock and receipts need to know
nothing of orders, and a customer who returns the goods is refunded at any till. Its id is the order's.
"""

from __future__ import annotations

from appliance.domain.document import Stamp
from appliance.domain.events import (
    Discount,
    OrderItem,
    RefundCompleted,
    SaleCompleted,
    SaleLine,
    TaxPart,
    Tender,
)
from appliance.domain.events_fulfilment import PickedItem
from appliance.domain.money import extended, quantity, unit_price
from appliance.domain.order import Order
from appliance.domain.policy import StorePolicy
from appliance.domain.refund import linked_lines
from appliance.domain.sale import Sale
from appliance.domain.tax import TaxRate, tax_on, tax_within


def sale_of(order: Order, stamp: Stamp, policy: StorePolicy) -> SaleCompleted:
    """What the customer got, paid with what was charged for it."""
    sold: tuple[OrderItem | PickedItem, ...] = order.items if order.picked is None else order.picked
    lines = tuple(_line(number, each, policy) for number, each in enumerate(sold, 1))
    return SaleCompleted(
        sale_id=order.order_id,
        register_id=stamp.register_id,
        receipt_number=stamp.receipt_number,
        client_ref=None,
        business_date=stamp.business_date,
        local_time=stamp.local_time,
        clock_trusted=stamp.clock_trusted,
        currency=order.currency,
        lines=lines,
        tenders=_tenders(order.total, order.transaction_id, policy),
        total=order.total,
        customer_id=order.customer_id,
        operator=stamp.operator,
    )


def given_back(sale: Sale) -> int:
    """What the customer has of it again: by a void, all of it."""
    total = sale.completed.total
    return total if nothing_left(sale) else total - sum(line.amount for line in linked_lines(sale, None))


def nothing_left(sale: Sale) -> bool:
    """Whether it was voided, or every line came back."""
    lines = zip(sale.completed.lines, sale.given_back, strict=True)
    return sale.voided or all(quantity(line.quantity) == back.quantity for line, back in lines)


def refund_of(sale: Sale, refund_id: str, stamp: Stamp, reason: str, policy: StorePolicy) -> RefundCompleted | None:
    """All that is left of the sale, given back the way it was paid; None where nothing is left of it."""
    done = sale.completed
    if nothing_left(sale):
        return None
    lines = linked_lines(sale, None)
    total = sum(line.amount for line in lines)
    reference = done.tenders[0].reference if done.tenders else None
    return RefundCompleted(
        refund_id=refund_id,
        sale_id=done.sale_id,
        register_id=stamp.register_id,
        receipt_number=stamp.receipt_number,
        client_ref=None,
        business_date=stamp.business_date,
        local_time=stamp.local_time,
        clock_trusted=stamp.clock_trusted,
        currency=done.currency,
        lines=lines,
        tenders=_tenders(total, reference, policy),
        total=total,
        reason=reason,
        customer_id=done.customer_id,
        operator=stamp.operator,
    )


def _tenders(amount: int, reference: str | None, policy: StorePolicy) -> tuple[Tender, ...]:
    return (Tender(type=policy.order_tender, amount=amount, reference=reference or None),) if amount else ()


def _line(number: int, sold: OrderItem | PickedItem, policy: StorePolicy) -> SaleLine:
    net = extended(quantity(sold.quantity), unit_price(sold.unit_price), policy.currency)
    tax, paid = _tax(sold, net)
    taken = net - paid
    return SaleLine(
        line=number,
        product_id=sold.product_id,
        name=sold.name,
        quantity=sold.quantity,
        unit_price=sold.unit_price,
        amount=sold.amount,
        tax=tax,
        stocked=sold.stocked,
        discounts=(Discount(kind="amount", amount=taken, reason="as promised"),) if taken > 0 else (),
    )


def _tax(sold: OrderItem | PickedItem, net: int) -> tuple[tuple[TaxPart, ...], int]:
    """The tax in what the line costs, and what of the net price was paid."""
    if sold.tax_code is None or sold.tax_rate is None:
        return (), sold.amount
    rate = TaxRate(sold.tax_rate, sold.tax_inclusive)
    tax = tax_on(sold.tax_code, rate, net)
    if tax.base + tax.amount != sold.amount:  # it was held down to what had been promised
        tax = tax_within(sold.tax_code, rate, sold.amount)
    return (tax,), sold.amount if rate.inclusive else tax.base
