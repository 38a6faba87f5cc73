"""Orders: created, read, listed, searched, cancelled."""

from __future__ import annotations

from appliance.api import present
from appliance.api.cache import Served
from appliance.api.call import Call
from appliance.api.endpoint import PREFIX, Endpoint
from appliance.api.parameters import CURSOR, LIMIT, PAGE, PAGE_SIZE, Choice, Parameter
from appliance.api.reply import Reply, encode, state_tag
from appliance.api.roles import EVERYBODY, SELLING
from appliance.api.sealing import dispatch_sealed
from appliance.api.step_up import Guard
from appliance.application import commands as c
from appliance.domain import refusals as r
from appliance.domain import refusals_hq as hq
from appliance.domain.events import Sealed
from appliance.domain.order import STATUSES, UNDER_WAY
from appliance.errors import BadCursor
from appliance.eventstore.ids import uuid7
from appliance.queries import orders
from appliance.schemas import orders as s
from appliance.schemas.common import Listing

# What a detail shows of what the query answers; the rest is for the console.
_DETAIL = (
    "order_id",
    "customer",
    "kind",
    "items",
    "picked",
    "shipping_address",
    "payment",
    "shipment",
    "status",
    "reason",
    "total_amount",
    "currency",
    "created_at",
    "steps",
)


async def create(call: Call) -> Reply:
    """Promise goods; the address is sealed for the customer first."""
    body: s.CreateOrder = call.body
    order_id = uuid7()

    def command(address: Sealed | None) -> c.CreateOrder:
        return c.CreateOrder(
            order_id=order_id,
            customer_id=body.customer_id,
            kind=body.kind,
            items=tuple(
                [
                    c.OrderedItem(product_id=each.product_id, quantity=each.quantity, unit_price=each.unit_price)
                    for each in body.items
                ]
            ),
            address=address,
            currency=body.currency,
            approved_by=body.approved_by,
        )

    if body.shipping_address is None:
        answer = await call.dispatch(command(None))
    else:
        answer = await dispatch_sealed(call, body.customer_id, body.shipping_address.model_dump(), command)
    return call.written(answer, present.order_created)


async def cancel(call: Call) -> Reply:
    """Take an order back."""
    body: s.CancelOrder = call.body
    command = c.CancelOrder(order_id=call.path["order_id"], reason=body.reason, expected_version=call.if_match)
    return call.written(await call.dispatch(command), present.order_moved)


async def get(call: Call) -> Reply:
    """One order, from memory where it was served before and nothing has changed it."""
    cache, order_id = call.services.orders_cache, call.path["order_id"]
    served = cache.get(order_id)
    if served is None:
        ticket = cache.ticket
        found = await orders.get(call.services.readers, order_id)
        if found is None:
            raise r.OrderNotFound(f"There is no order {order_id[:64]!r}.")
        body = encode({name: found[name] for name in _DETAIL})
        served = Served(state_tag(found["version"], body), body, found["customer_id"])
        cache.put(order_id, served, ticket)
    return call.shown(served.body, served.etag)


async def page(call: Call) -> Reply:
    """Orders newest first."""
    query = call.query
    found = await orders.page(
        call.services.readers, limit=query["limit"], status=query["status"], cursor=query["cursor"]
    )
    return Reply(encode(found))


async def counts(call: Call) -> Reply:
    """How much is under way."""
    return Reply(encode({"counts": await orders.counts(call.services.readers, UNDER_WAY)}))


async def of_customer(call: Call) -> Reply:
    """One customer's orders, page by page."""
    query = call.query
    found = await orders.of_customer(
        call.services.readers, call.path["customer_id"], number=query["page"], size=query["page_size"]
    )
    return Reply(encode(found))


async def search(call: Call) -> Reply:
    """Orders by id, name or e-mail, page by page."""
    query = call.query
    found = await orders.search(call.services.readers, query["query"], number=query["page"], size=query["page_size"])
    return Reply(encode(found))


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path=f"{PREFIX}/orders",
        operation="create_order",
        summary="Create an order",
        description="Promises goods that are to be fulfilled; refused, with what is missing, when they are not there.",
        tag="orders",
        handler=create,
        roles=SELLING,
        status=(201,),
        body=s.CreateOrder,
        answer=s.OrderPlaced,
        errors=(
            r.UnknownCustomer,
            r.CustomerErasedAlready,
            r.InsufficientStock,
            r.UnknownProduct,
            r.ProductInactive,
            hq.ProductUnderRecall,
            r.InvalidQuantity,
            r.InvalidPrice,
            r.PriceMissing,
            r.OverrideNotAllowed,
            r.AddressMissing,
            r.CurrencyMismatch,
            r.InvalidAmount,
            r.NothingGiven,
            r.TooMany,
        ),
        guard=Guard("price_override", always=False),
        idempotent=True,
        etag=True,
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/orders",
        operation="list_orders",
        summary="List orders",
        tag="orders",
        handler=page,
        roles=EVERYBODY,
        answer=Listing[s.OrderSummary],
        query=(
            Choice(name="status", description="In one state only.", example="created", words=STATUSES),
            LIMIT,
            CURSOR,
        ),
        errors=(BadCursor,),
        views=("orders",),
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/orders/counts",
        operation="count_orders",
        summary="Count the orders under way, by state",
        tag="orders",
        handler=counts,
        roles=EVERYBODY,
        answer=s.OrderCounts,
        views=("orders",),
        shared=True,
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/orders/search",
        operation="search_orders",
        summary="Search orders by id, name or e-mail",
        tag="orders",
        handler=search,
        roles=SELLING,
        answer=s.OrdersFound,
        query=(
            Parameter(name="query", description="Beginnings of words.", example="ada", required=True),
            PAGE,
            PAGE_SIZE,
        ),
        views=("orders",),
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/orders/customer/{{customer_id}}",
        operation="list_orders_of_customer",
        summary="List one customer's orders",
        tag="orders",
        handler=of_customer,
        roles=SELLING,
        answer=s.OrdersOfCustomer,
        query=(PAGE, PAGE_SIZE),
        views=("orders",),
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/orders/{{order_id}}",
        operation="get_order",
        summary="Read an order",
        tag="orders",
        handler=get,
        roles=SELLING,
        answer=s.Order,
        errors=(r.OrderNotFound,),
        views=("orders",),
        etag=True,
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/orders/{{order_id}}/cancel",
        operation="cancel_order",
        summary="Cancel an order",
        tag="orders",
        handler=cancel,
        roles=SELLING,
        body=s.CancelOrder,
        answer=s.OrderPlaced,
        errors=(r.OrderNotFound, r.OrderNotOpen, r.InvalidText),
        idempotent=True,
        conditional=True,
        etag=True,
    ),
)
