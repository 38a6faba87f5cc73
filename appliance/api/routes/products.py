"""Products: read, searched, scanned, defined."""

from __future__ import annotations

from typing import Any

from appliance.api import present
from appliance.api.call import Call
from appliance.api.endpoint import PREFIX, Endpoint
from appliance.api.parameters import CURSOR, LIMIT, Parameter
from appliance.api.refusals import BarcodeNotFound, PreconditionRequired, ProductNotFound
from appliance.api.reply import Reply, encode
from appliance.api.roles import CATALOGUE, EVERYBODY
from appliance.application import commands as c
from appliance.domain import refusals as r
from appliance.errors import BadCursor, StaleVersion
from appliance.eventstore.clock import rfc3339
from appliance.queries import products
from appliance.schemas import catalogue as s
from appliance.schemas.common import Listing


async def get(call: Call) -> Reply:
    """One product with the price in force."""
    product_id = call.path["product_id"]
    found = await products.get(call.services.readers, product_id, rfc3339(call.services.clock()))
    if found is None:
        raise ProductNotFound(f"There is no product {product_id[:64]!r}.")
    return _one(call, found)


async def by_barcode(call: Call) -> Reply:
    """The product that lists a code."""
    code = call.path["code"]
    found = await products.by_barcode(call.services.readers, code, rfc3339(call.services.clock()))
    if found is None:
        raise BarcodeNotFound(f"No product lists {code[:64]!r}.")
    return _one(call, found)


async def page(call: Call) -> Reply:
    """Products by id, or those a query finds."""
    query = call.query
    found = await products.page(
        call.services.readers,
        at=rfc3339(call.services.clock()),
        limit=query["limit"],
        query=query["query"] or "",
        cursor=query["cursor"],
    )
    return Reply(encode(found | {"items": [_priced(call, each) for each in found["items"]]}))


async def define(call: Call) -> Reply:
    """Create a product, or replace what is known of it by whoever has seen its present version."""
    body: s.DefineProduct = call.body
    seen = call.if_match
    command = c.DefineProduct(
        product_id=call.path["product_id"],
        name=body.name,
        kind=body.kind,
        tax_code=body.tax_code,
        barcodes=tuple(body.barcodes),
        price=body.price,
        shelf=body.shelf,
        active=body.active,
        expected_version=seen or 0,
    )
    try:
        answer = await call.dispatch(command)
    except StaleVersion as stale:
        if seen is None and b"if-none-match" not in call.headers:
            raise PreconditionRequired(f"The product is at version {stale.facts['version']}.", **stale.facts) from None
        raise
    return call.written(answer, present.product)


def _one(call: Call, found: dict[str, Any]) -> Reply:
    return call.read(_priced(call, found), found["version"])


def _priced(call: Call, found: dict[str, Any]) -> dict[str, Any]:
    return found | {"currency": call.services.dispatcher.policy.currency.code}


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path=f"{PREFIX}/products",
        operation="list_products",
        summary="List or search products",
        tag="catalogue",
        handler=page,
        roles=EVERYBODY,
        answer=Listing[s.Product],
        query=(
            Parameter(name="query", description="Words of the name or id, or a barcode.", example="coffee"),
            LIMIT,
            CURSOR,
        ),
        errors=(BadCursor,),
        views=("catalogue",),
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/products/by-barcode/{{code}}",
        operation="get_product_by_barcode",
        summary="Find the product of a barcode",
        tag="catalogue",
        handler=by_barcode,
        roles=EVERYBODY,
        answer=s.Product,
        errors=(BarcodeNotFound,),
        views=("catalogue",),
        etag=True,
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/products/{{product_id}}",
        operation="get_product",
        summary="Read a product and its price in force",
        tag="catalogue",
        handler=get,
        roles=EVERYBODY,
        answer=s.Product,
        errors=(ProductNotFound,),
        views=("catalogue",),
        etag=True,
    ),
    Endpoint(
        method="PUT",
        path=f"{PREFIX}/products/{{product_id}}",
        operation="define_product",
        summary="Create or replace a product",
        description="A product that exists is replaced only by who sends its present ETag in If-Match.",
        tag="catalogue",
        handler=define,
        roles=CATALOGUE,
        status=(201, 200),
        body=s.DefineProduct,
        answer=s.ProductDefined,
        errors=(
            PreconditionRequired,
            r.InvalidId,
            r.InvalidText,
            r.InvalidPrice,
            r.InvalidBarcode,
            r.GivenTwice,
            r.UnknownTaxCode,
        ),
        idempotent=True,
        conditional=True,
        etag=True,
    ),
)
