"""Filling a store with many orders that wait to be picked, without any HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path

from appliance.api.services import Services
from appliance.application import commands as c
from appliance.bootstrap import opened
from appliance.eventstore.ids import uuid7
from appliance.process import settle_garbage_collector
from bench import filling
from bench.load import PRODUCTS

GROUP = 200
_WAITING = "SELECT count(*) FROM orders WHERE status = 'awaiting_pick'"
CUSTOMER = "c-1"
LOOK_EVERY_SECONDS = 0.1


def fill_orders(data: Path, orders: int) -> None:
    """A catalogue, a till, and so many orders to be picked up."""
    asyncio.run(_fill(data, orders))


async def _fill(data: Path, orders: int) -> None:
    async with opened(filling.settings(data)) as services:
        settle_garbage_collector()
        await filling.catalogue(services)
        lines = tuple(c.ReceivedLine(product_id=f"P{number:05d}", quantity="9000") for number in range(PRODUCTS))
        await _do(services, c.ReceiveStock(receipt_id=uuid7(), lines=lines))
        await _do(services, c.RegisterCustomer(customer_id=CUSTOMER, personal=None))
        for start in range(0, orders, GROUP):
            await asyncio.gather(*[_do(services, _order(number)) for number in range(start, start + GROUP)])
        while (await services.readers.rows("waiting", _WAITING))[0][0] < orders:  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(LOOK_EVERY_SECONDS)


def _order(number: int) -> c.CreateOrder:
    items = tuple(c.OrderedItem(product_id=f"P{(number + each) % PRODUCTS:05d}", quantity="1") for each in range(2))
    return c.CreateOrder(order_id=uuid7(), customer_id=CUSTOMER, kind="pickup", items=items)


async def _do(services: Services, command: object) -> None:
    await services.dispatcher.dispatch(command, filling.context())
