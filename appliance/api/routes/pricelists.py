"""Price lists: loaded whole, listed."""

from __future__ import annotations

from appliance.api import present
from appliance.api.call import Call
from appliance.api.endpoint import PREFIX, Endpoint
from appliance.api.parameters import CURSOR, LIMIT
from appliance.api.reply import Reply, encode
from appliance.api.roles import CATALOGUE, EVERYBODY
from appliance.application.commands import LoadPriceList
from appliance.domain import refusals as r
from appliance.domain.events import ListPrice
from appliance.errors import BadCursor
from appliance.queries import pricelists
from appliance.schemas import catalogue as s
from appliance.schemas.common import Listing


async def load(call: Call) -> Reply:
    """Put a price list into the log, all of it or nothing."""
    body: s.LoadPriceList = call.body
    command = LoadPriceList(
        version=body.version,
        valid_from=body.valid_from,
        prices=tuple([ListPrice(product_id=each.product_id, price=each.price) for each in body.prices]),
    )
    return call.written(await call.dispatch(command), present.price_list, tagged=False)


async def page(call: Call) -> Reply:
    """Price lists by version."""
    query = call.query
    return Reply(encode(await pricelists.page(call.services.readers, limit=query["limit"], cursor=query["cursor"])))


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path=f"{PREFIX}/pricelists",
        operation="list_pricelists",
        summary="List price lists",
        tag="catalogue",
        handler=page,
        roles=EVERYBODY,
        answer=Listing[s.PriceList],
        query=(LIMIT, CURSOR),
        errors=(BadCursor,),
        views=("catalogue",),
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/pricelists",
        operation="load_pricelist",
        summary="Load a price list",
        description="In force from `valid_from` on; a sale looks its prices up by its own time. A version loads once.",
        tag="catalogue",
        handler=load,
        roles=CATALOGUE,
        status=(201,),
        body=s.LoadPriceList,
        answer=s.PriceListLoaded,
        errors=(
            r.AlreadyExists,
            r.GivenTwice,
            r.InvalidId,
            r.InvalidPrice,
            r.NothingGiven,
            r.TooMany,
        ),
        idempotent=True,
    ),
)
