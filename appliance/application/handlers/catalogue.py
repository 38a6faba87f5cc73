"""Define products and load price lists."""

from __future__ import annotations

from appliance.application import facts
from appliance.application.commands import DefineProduct, LoadPriceList
from appliance.application.ports import Context, Outcome, UnitOfWork
from appliance.barcodes import gtin_error
from appliance.domain import product as products
from appliance.domain.calendar import utc_text
from appliance.domain.events import ProductDefined
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals import AlreadyExists, InvalidBarcode
from appliance.errors import StaleVersion


def define_product(command: DefineProduct, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:
    """Create or replace a product; a code it lists moves to it from whichever product listed it before."""
    event = products.define(
        ProductDefined(
            product_id=command.product_id,
            name=command.name,
            kind=command.kind,
            tax_code=command.tax_code,
            barcodes=command.barcodes,
            price=command.price,
            shelf=command.shelf,
            active=command.active,
        ),
        policy,
    )
    for index, code in enumerate(event.barcodes):
        error = gtin_error(code)
        if error is not None:
            raise InvalidBarcode(error, at=f"/barcodes/{index}", barcode=code)
    before = facts.before_defining(uow, event.product_id)
    stream = f"product-{event.product_id}"
    recorded = uow.append(stream, event, context=context, expected=command.expected_version)
    return Outcome(status=201 if before is None else 200, ids={"product_id": event.product_id}, events=recorded)


def load_price_list(command: LoadPriceList, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:
    """Stage a price list in parts and put it in force, all or nothing."""
    events = products.price_list(command.version, utc_text(command.valid_from), command.prices, policy)
    try:
        recorded = uow.append(f"pricelist-{command.version}", *events, context=context, expected=0)
    except StaleVersion:
        raise AlreadyExists(f"Price list {command.version} is loaded already.", at="/version") from None
    return Outcome(status=201, ids={"version": command.version}, events=recorded)
