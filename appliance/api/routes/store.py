"""The store itself, and what a scanned code stands for in it."""

from __future__ import annotations

from typing import Any

from appliance import barcodes
from appliance.api.call import Call
from appliance.api.endpoint import PREFIX, Endpoint
from appliance.api.refusals import BarcodeNotFound
from appliance.api.reply import Reply, encode
from appliance.api.roles import EVERYBODY
from appliance.domain.calendar import business_date
from appliance.eventstore.clock import rfc3339
from appliance.queries import products
from appliance.schemas import store as s


async def store(call: Call) -> Reply:
    """What whoever works here has to know first."""
    services, policy = call.services, call.services.dispatcher.policy
    return Reply(
        encode(
            {
                "store_id": policy.store_id,
                "name": services.store_name,
                "currency": policy.currency.code,
                "decimals": policy.currency_exponent,
                "timezone": policy.timezone.key,
                "business_date": business_date(services.clock(), policy.timezone, policy.day_roll_hour),
                "cash_rounding": policy.cash_rounding,
                "operators": services.people.anybody,
                "device_id": call.device.device_id,
                "device_name": call.device.name,
                "register_id": call.device.register_id,
                "role": call.role,
                "version": services.version,
            }
        )
    )


async def scan(call: Call) -> Reply:
    """The product of a code as a sale would find it: as written, in another form, or from a weighed label."""
    code = call.path["code"]
    scanned = barcodes.scan(code, call.services.dispatcher.policy.barcode_region)
    for key in scanned.keys:
        product = await _product(call, key)
        if product is not None:
            return Reply(encode({"code": code, "product": product, "price": None, "quantity": None}))
    for key in scanned.base_keys:
        product = await _product(call, key)
        if product is not None:
            found = {"code": code, "product": product, "price": scanned.price, "quantity": scanned.quantity}
            return Reply(encode(found))
    raise BarcodeNotFound(f"No product lists {code[:64]!r}.")


async def _product(call: Call, code: str) -> dict[str, Any] | None:
    services = call.services
    found = await products.by_barcode(services.readers, code, rfc3339(services.clock()))
    return None if found is None else found | {"currency": services.dispatcher.policy.currency.code}


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path=f"{PREFIX}/store",
        operation="get_store",
        summary="The store's name, currency and business day, and as whom it knows you",
        tag="health",
        handler=store,
        roles=EVERYBODY,
        answer=s.Store,
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/scans/{{code}}",
        operation="read_scan",
        summary="What a scanned code stands for",
        description="As a sale would understand it: labels with a price or weight in them as well.",
        tag="catalogue",
        handler=scan,
        roles=EVERYBODY,
        answer=s.ScanFound,
        errors=(BarcodeNotFound,),
        views=("catalogue",),
    ),
)
