"""`order_under_sales`: what a till notices of two hundred orders that are being fulfilled beside it."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from appliance.api.services import Services
from appliance.application import commands as c
from appliance.application import outside as o
from appliance.application.outside import Outside
from appliance.application.ports import Context
from appliance.bootstrap import opened
from appliance.config import load
from appliance.eventstore.clock import system_clock
from appliance.eventstore.ids import uuid7
from appliance.process import settle_garbage_collector
from bench.report import Result, at_most

ORDERS = 200  # under way at any time
CALL_SECONDS = 1.0  # what a provider takes to answer
TILLS = 8
PAUSE_SECONDS = 0.02  # of a till between two sales
SECONDS = 4.0
ROUNDS = 3
LINES = 10
MOST = 1.5
HUNDREDTHS = 100
ADDRESS = {"street": "Hauptstr. 1", "city": "Berlin", "state": "", "country": "DE", "postal_code": "10115"}


@dataclass(frozen=True, slots=True)
class _Slow:
    """A provider as far away as real ones are."""

    port: Any

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.port, name)

        async def slowly(*given: Any, **named: Any) -> Any:
            await asyncio.sleep(CALL_SECONDS)
            return await call(*given, **named)

        return slowly


def _around(local: Outside) -> Outside:
    return Outside(_Slow(local.inventory), _Slow(local.payment), _Slow(local.shipping), _Quiet())


class _Quiet:
    """Tells nobody."""

    async def send(
        self, key: str, kind: str, recipient: Mapping[str, str] | None, content: Mapping[str, Any]
    ) -> o.Done:
        del kind, recipient, content
        await asyncio.sleep(CALL_SECONDS)
        return o.Done(key)

    async def query(self, key: str) -> o.Found:
        return o.Found("done", o.Done(key))


async def _do(services: Services, command: object) -> None:
    await services.dispatcher.dispatch(command, Context(command_id=uuid7(), occurred_at=system_clock(), role="manager"))


async def _prepared(services: Services) -> None:
    await _do(services, c.RegisterCustomer(customer_id="c-1", personal=None))
    for till in range(TILLS):
        await _do(services, c.AddRegister(register_id=f"till-{till}", name=f"Till {till}"))
    for number in range(LINES):
        product_id = f"p-{number}"
        await _do(services, c.DefineProduct(product_id=product_id, name=product_id, tax_code="standard", price="2.50"))
        line = c.ReceivedLine(product_id=product_id, quantity="900000")
        await _do(services, c.ReceiveStock(receipt_id=uuid7(), lines=(line,)))


def _sale(till: int) -> c.RingUpSale:
    return c.RingUpSale(
        sale_id=uuid7(),
        register_id=f"till-{till}",
        currency="EUR",
        lines=tuple(c.RungUpLine(product_id=f"p-{number}") for number in range(LINES)),
        tenders=(c.GivenTender(type="cash", amount=LINES * 250),),
    )


async def _p99(services: Services) -> float:
    """Of the milliseconds that sales take at eight tills which pause between two."""
    taken: list[float] = []
    until = time.perf_counter() + SECONDS

    async def till(number: int) -> None:
        while (begun := time.perf_counter()) < until:
            await _do(services, _sale(number))
            taken.append((time.perf_counter() - begun) * 1000)
            await asyncio.sleep(PAUSE_SECONDS)

    await asyncio.gather(*[till(number) for number in range(TILLS)])
    return statistics.quantiles(taken, n=HUNDREDTHS)[-1]


class _Orders:
    """Keeps so many orders under way until it is stopped, and counts those that ended."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._loop = asyncio.get_running_loop()
        self._free = asyncio.Semaphore(ORDERS)
        self.ended = 0
        services.writer.listen(self._committed)

    def _committed(self, _: Any, events: Sequence[Any]) -> None:
        ended = sum(1 for each in events if each.type == "order.confirmed")
        if ended:
            self._loop.call_soon_threadsafe(self._count, ended)

    def _count(self, ended: int) -> None:
        self.ended += ended
        for _ in range(ended):
            self._free.release()

    async def place(self) -> None:
        """Place one order whenever there is room for it."""
        items = tuple(c.OrderedItem(product_id=f"p-{number}", quantity="1") for number in range(3))
        address = await asyncio.to_thread(self._services.vault.seal, "c-1", ADDRESS)
        while True:
            await self._free.acquire()
            order = c.CreateOrder(order_id=uuid7(), customer_id="c-1", items=items, address=address)
            await _do(self._services, order)
            await asyncio.sleep(CALL_SECONDS / ORDERS)  # they do not come all at once


async def _measured(folder: Path) -> tuple[list[float], list[float], int]:
    settings = load(data_dir=folder, machine_id="bench", scrub={"enabled": False})
    alone, beside, ended = [], [], 0
    async with opened(settings, around=_around) as services:
        await _prepared(services)
        settle_garbage_collector()
        await _p99(services)  # warm
        for _ in range(ROUNDS):
            alone.append(await _p99(services))
            orders = _Orders(services)
            placing = asyncio.create_task(orders.place())
            await asyncio.sleep(3 * CALL_SECONDS)
            beside.append(await _p99(services))
            placing.cancel()
            with suppress(asyncio.CancelledError):
                await placing
            await asyncio.sleep(7 * CALL_SECONDS)  # those under way end
            ended += orders.ended
    return alone, beside, ended


def order_under_sales(folder: Path) -> list[Result]:
    """With and without, in turn."""
    alone, beside, ended = uvloop.run(_measured(folder / "orders"))
    note = f"limit: without; {ended} orders fulfilled meanwhile, providers answer after {CALL_SECONDS:g} s"
    return [at_most("order_under_sales", statistics.median(beside), "ms p99", statistics.median(alone), MOST, note)]
