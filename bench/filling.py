"""Filling a store with many events, fast: one-line sales as a till books them, in full groups, without any HTTP."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

from appliance.api.services import Services
from appliance.application.commands import AddRegister, DefineProduct, GivenTender, RingUpSale, RungUpLine
from appliance.application.dispatcher import Answer
from appliance.application.ports import Context
from appliance.application.receipts import ReceiptKey
from appliance.bootstrap import opened
from appliance.config import ScrubSettings, Settings
from appliance.eventstore.clock import system_clock
from appliance.eventstore.ids import uuid7
from appliance.eventstore.jobs import Job
from appliance.process import settle_garbage_collector
from bench.load import PRICE, PRODUCTS, REGISTER

GROUP = 256  # what the writer commits at once
PRICE_MINOR = 250
NO_REQUEST = bytes(32)  # the fingerprint of none: nobody will send these again


def settings(data: Path) -> Settings:
    """A store of its own, without a scrub in the way."""
    return Settings(data_dir=data, scrub=ScrubSettings(enabled=False))


def fill(data: Path, events: int) -> None:
    """Bring the store in `data` up to `events` events."""
    asyncio.run(_fill(data, events))


async def _fill(data: Path, events: int) -> None:
    async with opened(settings(data)) as services:
        settle_garbage_collector()
        if services.writer.head.position == 0:
            await catalogue(services)
        first = services.writer.head.position
        chosen = random.Random(11)
        under_way: list[asyncio.Future[Answer]] = []
        for start in range(first, events, GROUP):
            submitted = [_sell(services, number, chosen) for number in range(start, min(start + GROUP, events))]
            await asyncio.gather(*under_way)  # the group before: the writer has this one to go on with
            under_way = submitted
        await asyncio.gather(*under_way)


async def catalogue(services: Services) -> None:
    """Products and a till."""
    for number in range(PRODUCTS):
        product = DefineProduct(product_id=f"P{number:05d}", name=f"Product {number}", tax_code="standard", price=PRICE)
        await services.dispatcher.dispatch(product, context())
    await services.dispatcher.dispatch(AddRegister(register_id=REGISTER, name="Till 1"), context())


def context() -> Context:
    """A manager's, now."""
    return Context(command_id=uuid7(), occurred_at=system_clock(), role="manager")


def _sell(services: Services, number: int, chosen: random.Random) -> asyncio.Future[Answer]:
    """Queue one sale, with a receipt as every till's sale has; no task and no request stand around it."""
    sale = RingUpSale(
        sale_id=uuid7(), register_id=REGISTER, client_ref=f"fill-{number}", currency="EUR",
        lines=(RungUpLine(product_id=f"P{chosen.randrange(PRODUCTS):05d}", quantity="1"),),
        tenders=(GivenTender(type="cash", amount=PRICE_MINOR),),
    )  # fmt: skip
    key = ReceiptKey(f"register:{REGISTER}", f"fill-{number}", NO_REQUEST)
    job = Job.for_loop(services.dispatcher.transaction(sale, context(), key))
    services.writer.submit(job)
    answer: asyncio.Future[Answer] = job.future
    return answer


async def one_sale(services: Services) -> None:
    """One more, and wait until it is durable."""
    await _sell(services, services.writer.head.position + 10**9, random.Random(services.writer.head.position))
