"""Stock: levels, movements, deliveries, counts, adjustments."""

from __future__ import annotations

from typing import Any

from appliance.api import present
from appliance.api.call import Call
from appliance.api.endpoint import PREFIX, Endpoint, Errors
from appliance.api.parameters import CURSOR, LIMIT, Choice
from appliance.api.refusals import StockNotFound
from appliance.api.reply import Reply, encode
from appliance.api.roles import EVERYBODY, STOCK_KEEPING
from appliance.application import commands as c
from appliance.domain import refusals as r
from appliance.errors import BadCursor
from appliance.eventstore.ids import uuid7
from appliance.queries import stock
from appliance.schemas import stock as s
from appliance.schemas.common import Listing

_LINES: Errors = (
    r.UnknownProduct,
    r.NotStocked,
    r.InvalidQuantity,
    r.InvalidText,
    r.NothingGiven,
    r.TooMany,
)


async def page(call: Call) -> Reply:
    """Levels by product id."""
    query = call.query
    oversold = query["oversold"] == "true"
    found = await stock.page(call.services.readers, limit=query["limit"], cursor=query["cursor"], oversold=oversold)
    return Reply(encode(found))


async def get(call: Call) -> Reply:
    """One product's level. Its version is the position of its last movement."""
    found = await _level(call)
    return call.read(found, found["position"])


async def movements(call: Call) -> Reply:
    """What moved a product's stock, newest first."""
    product_id, query = call.path["product_id"], call.query
    await _level(call)
    found = await stock.movements(call.services.readers, product_id, limit=query["limit"], cursor=query["cursor"])
    return Reply(encode(found))


async def _level(call: Call) -> dict[str, Any]:
    product_id = call.path["product_id"]
    found = await stock.get(call.services.readers, product_id)
    if found is None:
        raise StockNotFound(f"There is no stocked product {product_id[:64]!r}.")
    return found


async def receive(call: Call) -> Reply:
    """Book a delivery in."""
    body: s.ReceiveStock = call.body
    lines = tuple([c.ReceivedLine(product_id=each.product_id, quantity=each.quantity) for each in body.lines])
    command = c.ReceiveStock(receipt_id=uuid7(), lines=lines, reference=body.reference)
    return call.written(await call.dispatch(command), present.stock, tagged=False)


async def count(call: Call) -> Reply:
    """Set the book to what was counted."""
    body: s.CountStock = call.body
    lines = tuple([c.CountedLine(product_id=each.product_id, counted=each.counted) for each in body.lines])
    command = c.CountStock(count_id=uuid7(), lines=lines, reason=body.reason)
    return call.written(await call.dispatch(command), present.stock, tagged=False)


async def adjust(call: Call) -> Reply:
    """Change the book by hand."""
    body: s.AdjustStock = call.body
    lines = [
        c.AdjustedLine(product_id=each.product_id, quantity=each.quantity, reason=each.reason) for each in body.lines
    ]
    command = c.AdjustStock(adjustment_id=uuid7(), lines=tuple(lines))
    return call.written(await call.dispatch(command), present.stock, tagged=False)


READS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path=f"{PREFIX}/stock",
        operation="list_stock",
        summary="List stock levels",
        tag="stock",
        handler=page,
        roles=EVERYBODY,
        answer=Listing[s.StockLevel],
        query=(
            Choice(
                name="oversold",
                description="Only what the book has below nothing.",
                example="true",
                default="false",
                words=("true", "false"),
            ),
            LIMIT,
            CURSOR,
        ),
        errors=(BadCursor,),
        views=("stock", "catalogue"),
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/stock/{{product_id}}",
        operation="get_stock",
        summary="Read a product's stock level",
        tag="stock",
        handler=get,
        roles=EVERYBODY,
        answer=s.StockLevel,
        errors=(StockNotFound,),
        views=("stock", "catalogue"),
        etag=True,
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/stock/{{product_id}}/movements",
        operation="list_stock_movements",
        summary="List what moved a product's stock",
        tag="stock",
        handler=movements,
        roles=EVERYBODY,
        answer=Listing[s.StockMovement],
        query=(LIMIT, CURSOR),
        errors=(StockNotFound, BadCursor),
        views=("stock", "catalogue"),
    ),
)

WRITES: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path=f"{PREFIX}/stock/receipts",
        operation="receive_stock",
        summary="Book goods in",
        tag="stock",
        handler=receive,
        roles=STOCK_KEEPING,
        status=(201,),
        body=s.ReceiveStock,
        answer=s.StockBooked,
        errors=_LINES,
        idempotent=True,
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/stock/counts",
        operation="count_stock",
        summary="Set the book to what was counted",
        tag="stock",
        handler=count,
        roles=STOCK_KEEPING,
        status=(201,),
        body=s.CountStock,
        answer=s.StockBooked,
        errors=(*_LINES, r.GivenTwice),
        idempotent=True,
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/stock/adjustments",
        operation="adjust_stock",
        summary="Change the book by hand",
        tag="stock",
        handler=adjust,
        roles=STOCK_KEEPING,
        status=(201,),
        body=s.AdjustStock,
        answer=s.StockBooked,
        errors=_LINES,
        idempotent=True,
    ),
)

ENDPOINTS: tuple[Endpoint, ...] = READS + WRITES
