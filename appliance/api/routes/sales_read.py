"""Reading sales, voids and refunds."""

from __future__ import annotations

from typing import Any

from appliance.api.call import Call
from appliance.api.endpoint import PREFIX, Endpoint
from appliance.api.parameters import CURSOR, LIMIT, Choice, Date, Parameter
from appliance.api.refusals import RefundNotFound
from appliance.api.reply import Reply, encode
from appliance.api.roles import EVERYBODY
from appliance.domain.refusals import SaleNotFound
from appliance.errors import BadCursor
from appliance.queries import documents
from appliance.schemas import sales as s
from appliance.schemas.common import Listing

ANY = "any"


async def get_sale(call: Call) -> Reply:
    """One sale and what has become of it."""
    found = await documents.sale(call.services.readers, call.path["sale_id"])
    if found is None:
        raise SaleNotFound(f"There is no sale {call.path['sale_id'][:64]!r}.")
    return call.read(found, found["version"])


async def get_refund(call: Call) -> Reply:
    """One refund."""
    found = await documents.refund(call.services.readers, call.path["refund_id"])
    if found is None:
        raise RefundNotFound(f"There is no refund {call.path['refund_id'][:64]!r}.")
    return call.read(found, found["version"])


async def list_documents(call: Call) -> Reply:
    """Documents newest first, or the one sale of a client_ref."""
    query = call.query
    if query["client_ref"] is not None:
        return Reply(encode(await _by_client_ref(call)))
    page = await documents.page(
        call.services.readers,
        limit=query["limit"],
        cursor=query["cursor"],
        date=query["date"],
        kind=None if query["kind"] == ANY else query["kind"],
        register_id=query["register_id"],
    )
    return Reply(encode(page))


async def _by_client_ref(call: Call) -> dict[str, Any]:
    query = call.query
    if query["cursor"] is not None:
        raise BadCursor("A search by client_ref has one answer and no further parts.")
    sale = await documents.sale_by_client_ref(
        call.services.readers, query["client_ref"], register_id=query["register_id"]
    )
    return {"items": [] if sale is None else [_summary(sale)], "next_cursor": None}


def _summary(sale: dict[str, Any]) -> dict[str, Any]:
    """A sale that was read whole, as lists show it."""
    same = (
        "position", "sale_id", "register_id", "receipt_number", "client_ref", "business_date", "occurred_at",
        "total", "status", "customer_id",
    )  # fmt: skip
    refunded = sum(each["total"] for each in sale["refunds"])
    return {"kind": "sale", "id": sale["sale_id"], "refunded": refunded} | {name: sale[name] for name in same}


READS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path=f"{PREFIX}/sales",
        operation="list_sales",
        summary="List sales, voids and refunds, or find a sale by the till's own reference",
        tag="sales",
        handler=list_documents,
        roles=EVERYBODY,
        answer=Listing[s.DocumentSummary],
        query=(
            Parameter(name="client_ref", description="The till's own number of one sale.", example="till-1/0042"),
            Parameter(name="register_id", description="Of one register.", example="till-1"),
            Date(name="date", description="Of one business day.", example="2026-11-22"),
            Choice(
                name="kind",
                description="Which documents.",
                example="sale",
                default="sale",
                words=("sale", "void", "refund", ANY),
            ),
            LIMIT,
            CURSOR,
        ),
        errors=(BadCursor,),
        views=("documents", "registers"),
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/sales/{{sale_id}}",
        operation="get_sale",
        summary="Read a sale and what has become of it",
        tag="sales",
        handler=get_sale,
        roles=EVERYBODY,
        answer=s.SaleDetail,
        errors=(SaleNotFound,),
        views=("documents",),
        etag=True,
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/refunds/{{refund_id}}",
        operation="get_refund",
        summary="Read a refund",
        tag="sales",
        handler=get_refund,
        roles=EVERYBODY,
        answer=s.Refund,
        errors=(RefundNotFound,),
        views=("documents",),
        etag=True,
    ),
)
