"""Customers: registered, read, found, forgotten. Personal data leaves this process only towards who may read it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from appliance.api import present
from appliance.api.call import Call
from appliance.api.endpoint import PREFIX, Endpoint
from appliance.api.parameters import CURSOR, LIMIT, Parameter
from appliance.api.refusals import PreconditionRequired
from appliance.api.reply import Reply, encode
from appliance.api.roles import ERASING, EVERYBODY, SELLING
from appliance.api.sealing import dispatch_sealed
from appliance.api.step_up import Guard
from appliance.application.commands import EraseCustomer, RegisterCustomer
from appliance.domain import refusals as r
from appliance.errors import BadCursor
from appliance.eventstore.ids import uuid7
from appliance.queries import customers
from appliance.queries import export as exported
from appliance.schemas import customers as s
from appliance.schemas.common import Listing


async def register(call: Call) -> Reply:
    """Make a customer known under a fresh id."""
    body: s.RegisterCustomer = call.body
    customer_id = uuid7()
    answer = await dispatch_sealed(
        call,
        customer_id,
        _personal(body),
        lambda sealed: RegisterCustomer(customer_id=customer_id, personal=sealed, country=body.country),
        own=True,
    )
    return call.written(answer, present.customer)


async def change(call: Call) -> Reply:
    """Replace what is known of a customer, by whoever has seen the present version."""
    body: s.RegisterCustomer = call.body
    customer_id, seen = call.path["customer_id"], call.if_match
    if seen is None:
        raise PreconditionRequired("A customer is changed only by who has seen the present version.", at="If-Match:")
    try:
        answer = await dispatch_sealed(
            call,
            customer_id,
            _personal(body),
            lambda sealed: RegisterCustomer(
                customer_id=customer_id, personal=sealed, country=body.country, expected_version=seen
            ),
        )
    except r.UnknownCustomer as unknown:
        raise r.CustomerNotFound(unknown.detail) from None
    return call.written(answer, present.customer)


async def get(call: Call) -> Reply:
    """One customer."""
    customer_id = call.path["customer_id"]
    found = await customers.get(call.services.readers, customer_id)
    if found is None:
        raise r.CustomerNotFound(f"There is no customer {customer_id[:64]!r}.")
    return call.read(found, found["version"])


async def page(call: Call) -> Reply:
    """Customers in the order they came, or those a query finds."""
    query = call.query
    found = await customers.page(
        call.services.readers, limit=query["limit"], query=query["query"], cursor=query["cursor"]
    )
    return Reply(encode(found))


async def erase(call: Call) -> Reply:
    """Forget a customer: first the fact, durably, then the key, then what index and write-ahead log still hold."""
    customer_id = call.path["customer_id"]
    answer = await call.dispatch(EraseCustomer(customer_id=customer_id, expected_version=call.if_match))
    await asyncio.to_thread(call.services.vault.destroy, (customer_id,))
    call.services.maintenance.purge()
    return call.written(answer, present.customer_erased)


async def export(call: Call) -> Reply:
    """All that is known of a customer, for the customer; who may not give it out alone needs an approval."""
    customer_id = call.path["customer_id"]
    await call.services.writer.run(call.approver)
    found = await exported.customer(call.services.readers, call.services.vault.open, customer_id)
    if found is None:
        raise r.CustomerNotFound(f"There is no customer {customer_id[:64]!r}.")
    return Reply(encode(found), headers=[(b"cache-control", b"no-store")])


def _personal(body: s.RegisterCustomer) -> Mapping[str, str]:
    given = {"name": body.name, "email": body.email, "phone": body.phone}
    return {field: value for field, value in given.items() if value}


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path=f"{PREFIX}/customers",
        operation="list_customers",
        summary="List or search customers",
        tag="customers",
        handler=page,
        roles=SELLING,
        answer=Listing[s.Customer],
        query=(
            Parameter(name="query", description="Beginnings of words of name, e-mail or phone.", example="ada"),
            LIMIT,
            CURSOR,
        ),
        errors=(BadCursor,),
        views=("customers",),
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/customers",
        operation="register_customer",
        summary="Register a customer",
        description="Name, e-mail and phone stand in the log only sealed, under a key that can be destroyed.",
        tag="customers",
        handler=register,
        roles=SELLING,
        status=(201,),
        body=s.RegisterCustomer,
        answer=s.CustomerRegistered,
        errors=(r.InvalidText,),
        idempotent=True,
        etag=True,
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/customers/{{customer_id}}",
        operation="get_customer",
        summary="Read a customer",
        tag="customers",
        handler=get,
        roles=SELLING,
        answer=s.Customer,
        errors=(r.CustomerNotFound,),
        views=("customers",),
        etag=True,
    ),
    Endpoint(
        method="PUT",
        path=f"{PREFIX}/customers/{{customer_id}}",
        operation="change_customer",
        summary="Change what is known of a customer",
        tag="customers",
        handler=change,
        roles=SELLING,
        body=s.RegisterCustomer,
        answer=s.CustomerRegistered,
        errors=(PreconditionRequired, r.CustomerNotFound, r.CustomerErasedAlready, r.InvalidId, r.InvalidText),
        idempotent=True,
        conditional=True,
        etag=True,
    ),
    Endpoint(
        method="DELETE",
        path=f"{PREFIX}/customers/{{customer_id}}",
        operation="erase_customer",
        summary="Erase a customer's personal data",
        description="Destroys the key to all that was sealed for the customer. It cannot be undone, not even by us.",
        tag="customers",
        handler=erase,
        roles=ERASING,
        answer=s.CustomerErased,
        errors=(r.CustomerNotFound,),
        idempotent=True,
        conditional=True,
        etag=True,
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/customers/{{customer_id}}/export",
        operation="export_customer",
        summary="Give out all that is known of a customer",
        description="For the customer: own data, orders and documents, opened. What was erased is null.",
        tag="customers",
        handler=export,
        roles=EVERYBODY,
        answer=s.CustomerExport,
        errors=(r.CustomerNotFound,),
        views=("orders", "documents"),
        guard=Guard("export"),
    ),
)
