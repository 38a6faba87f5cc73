"""A small catalogue for a first start: enough to ring something up within a minute of installing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from appliance.api.devices import Device, enrol, new_token
from appliance.api.services import Services
from appliance.application.commands import AddRegister, Command, DefineProduct, ReceivedLine, ReceiveStock
from appliance.application.ports import Context
from appliance.domain.policy import StorePolicy
from appliance.eventstore.clock import rfc3339
from appliance.eventstore.ids import uuid7
from appliance.eventstore.unit_of_work import UnitOfWork

REGISTER = "till-1"
DEVICE = "till-1-device"


class StarterProduct(NamedTuple):
    """A product on the first day; the barcodes begin with 952, which GS1 keeps for examples."""

    product_id: str
    name: str
    barcode: str
    price: str
    reduced: bool  # taxed like food and books
    stock: int  # 0: a service


PRODUCTS = (
    StarterProduct("coffee-250g", "Coffee beans 250 g", "9521000000018", "6.49", reduced=True, stock=48),
    StarterProduct("tea-20", "Black tea, 20 bags", "9521000000025", "2.79", reduced=True, stock=60),
    StarterProduct("chocolate-100g", "Dark chocolate 100 g", "9521000000032", "1.99", reduced=True, stock=120),
    StarterProduct("honey-500g", "Blossom honey 500 g", "9521000000049", "5.90", reduced=True, stock=24),
    StarterProduct("water-1l", "Mineral water 1 l", "9521000000056", "0.89", reduced=False, stock=96),
    StarterProduct("notebook-a5", "Notebook A5, ruled", "9521000000063", "3.50", reduced=False, stock=40),
    StarterProduct("pen-blue", "Ballpoint pen, blue", "9521000000070", "1.20", reduced=False, stock=150),
    StarterProduct("postcard", "Postcard", "9521000000087", "0.75", reduced=False, stock=300),
    StarterProduct("candle", "Beeswax candle", "9521000000094", "4.95", reduced=False, stock=30),
    StarterProduct("mug", "Mug, white", "9521000000100", "7.90", reduced=False, stock=18),
    StarterProduct("tote-bag", "Cotton tote bag", "9521000000117", "2.50", reduced=False, stock=75),
    StarterProduct("gift-wrap", "Gift wrapping", "9521000000124", "1.50", reduced=False, stock=0),
)


@dataclass(frozen=True, slots=True)
class StarterResult:
    """What whoever starts the store is told, the token this once."""

    token: str
    register_id: str
    products: int
    try_barcode: str
    currency: str


async def load(services: Services) -> StarterResult | None:
    """Fill a store that has nothing yet, all or nothing; None where something has been recorded."""
    now = services.clock()
    token = new_token()
    policy = services.dispatcher.policy

    def work(uow: UnitOfWork) -> bool:
        if uow.position:
            return False
        context = Context(command_id=uuid7(), occurred_at=now, device=DEVICE, role="support")
        for command in _commands(policy):
            services.dispatcher.transaction(command, context)(uow)
        device = Device(device_id=DEVICE, name="First till", role="cashier", register_id=REGISTER)
        enrol(uow, device, token, rfc3339(now))
        return True

    loaded = await services.writer.run(work)
    if not loaded:
        return None
    await services.devices.load()
    return StarterResult(token, REGISTER, len(PRODUCTS), PRODUCTS[0].barcode, policy.currency.code)


def _commands(policy: StorePolicy) -> Iterator[Command]:
    yield AddRegister(register_id=REGISTER, name="First till")
    for each in PRODUCTS:
        yield DefineProduct(
            product_id=each.product_id,
            name=each.name,
            kind="stocked" if each.stock else "service",
            tax_code=_tax_code(policy, "reduced" if each.reduced else "standard"),
            barcodes=(each.barcode,),
            price=each.price,
        )
    stocked = tuple(
        ReceivedLine(product_id=each.product_id, quantity=str(each.stock)) for each in PRODUCTS if each.stock
    )
    yield ReceiveStock(receipt_id="opening-stock", lines=stocked, reference="opening stock")


def _tax_code(policy: StorePolicy, wanted: str) -> str:
    """The tax code of that name, or whichever the store lists first."""
    return wanted if wanted in policy.taxes else next(iter(policy.taxes))
