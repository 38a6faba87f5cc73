"""Orders: promised when the goods are there, taken back while they are still here."""

from __future__ import annotations

from appliance.application.commands import CancelOrder, CreateOrder, OrderedItem
from appliance.application.handlers.fulfilment import append, load
from appliance.application.handlers.lines import Terms, terms
from appliance.application.handlers.stock import available
from appliance.application.ports import Context, Outcome, UnitOfWork
from appliance.domain import customer as customers
from appliance.domain import order as orders
from appliance.domain.calendar import business_date
from appliance.domain.customer import Customer
from appliance.domain.document import check_lines
from appliance.domain.events import OrderItem
from appliance.domain.policy import StorePolicy
from appliance.domain.pricing import agree_price, check_for_sale
from appliance.domain.product import Product
from appliance.domain.refusals import AlreadyExists, Refusal, UnknownCustomer
from appliance.domain.text import MAX_ID
from appliance.errors import StaleVersion


def create_order(command: CreateOrder, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:
    """Promise goods to a customer; refused, with what is missing, when they are not all there."""
    if command.currency is not None:
        policy.check_currency(command.currency)
    _check_customer(uow, command.customer_id)
    products, items = _items(command, terms(uow, context, policy, command.approved_by))
    event = orders.create(
        command.order_id,
        command.customer_id,
        command.kind,
        items,
        address=command.address,
        available=available(uow, [each.product_id for each in products if each.stocked]),
        business_date=business_date(context.occurred_at, policy.timezone, policy.day_roll_hour),
        policy=policy,
    )
    try:
        recorded = uow.append(f"order-{command.order_id}", event, context=context, expected=0)
    except StaleVersion:
        raise AlreadyExists(f"There is an order {command.order_id} already.", at="/order_id") from None
    return Outcome(status=201, ids={"order_id": command.order_id}, events=recorded)


def cancel_order(command: CancelOrder, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:  # noqa: ARG001  handlers are called alike
    """Take an order back: at once where nothing is done for it, else as soon as all that was done is undone."""
    order = load(uow, command.order_id)
    event = orders.cancel(order, command.reason, under_way=uow.version(saga_stream(order.order_id)) > 0)
    recorded = append(uow, order.order_id, event, context, command.expected_version)
    status = str(orders.STATUS_AFTER[type(event)])
    return Outcome(status=200, ids={"order_id": order.order_id, "status": status}, events=recorded)


def saga_stream(order_id: str) -> str:
    """Where the history of an order's fulfilment stands: its saga bears the order's id."""
    return f"saga-{order_id}"


def _check_customer(uow: UnitOfWork, customer_id: str) -> None:
    customer, _ = uow.load(f"customer-{customer_id}", Customer, customers.evolve)
    if customer is None:
        raise UnknownCustomer(f"There is no customer {customer_id[:MAX_ID]!r}.", at="/customer_id")
    customers.check_not_erased(customer)


def _items(command: CreateOrder, on: Terms) -> tuple[list[Product], list[OrderItem]]:
    check_lines(len(command.items), on.policy, "/items")
    products, items = [], []
    for index, given in enumerate(command.items):
        try:
            product = on.product(given.product_id)
            items.append(_item(product, given, on))
        except Refusal as refusal:
            raise refusal.within(f"/items/{index}") from None
        products.append(product)
    return products, items


def _item(product: Product, given: OrderedItem, on: Terms) -> OrderItem:
    check_for_sale(product)
    price = agree_price(product, given.unit_price, on.price_of(product), may_override=on.may_override)
    return orders.item(product, given.quantity, price, on.policy)
