"""Filling a store with many events, fast: one-line sales through the same commands as a till, in full groups."""

from __future__ import annotations

import asyncio
import itertools
import random
from pathlib import Path

from appliance.api.services import Services
from appliance.application.commands import AddRegister, DefineProduct, GivenTender, RingUpSale, RungUpLine
from appliance.application.ports import Context
from appliance.bootstrap import opened
from appliance.config import ScrubSettings, Settings
from appliance.eventstore.clock import system_clock
from appliance.eventstore.ids import uuid7
from appliance.process import settle_garbage_collector
from bench.load import PRICE, PRODUCTS, REGISTER

IN_FLIGHT = 256
PRICE_MINOR = 250


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
            await _catalogue(services)
        numbers = itertools.count(services.writer.head.position)
        chosen = random.Random(11)
        while services.writer.head.position < events:
            missing = min(IN_FLIGHT, events - services.writer.head.position)
            await asyncio.gather(*(_sell(services, next(numbers), chosen) for _ in range(missing)))


async def _catalogue(services: Services) -> None:
    for number in range(PRODUCTS):
        product = DefineProduct(product_id=f"P{number:05d}", name=f"Product {number}", tax_code="standard", price=PRICE)
        await services.dispatcher.dispatch(product, _context())
    await services.dispatcher.dispatch(AddRegister(register_id=REGISTER, name="Till 1"), _context())


def _context() -> Context:
    return Context(command_id=uuid7(), occurred_at=system_clock(), role="manager")


async def _sell(services: Services, number: int, chosen: random.Random) -> None:
    sale = RingUpSale(
        sale_id=uuid7(), register_id=REGISTER, client_ref=f"fill-{number}", currency="EUR",
        lines=(RungUpLine(product_id=f"P{chosen.randrange(PRODUCTS):05d}", quantity="1"),),
        tenders=(GivenTender(type="cash", amount=PRICE_MINOR),),
    )  # fmt: skip
    await services.dispatcher.dispatch(sale, _context())
