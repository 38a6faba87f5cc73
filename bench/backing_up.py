"""`backup_while_selling`: how long a sale waits while the whole store is copied and proven beside it."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from pathlib import Path

from appliance.api.services import Services
from appliance.bootstrap import opened
from appliance.process import settle_garbage_collector
from bench import filling
from bench.report import Result, at_most

EVENTS = int(os.environ.get("BENCH_EVENTS", "1000000"))
ROUNDS = 3
MOST = 2.0
PAUSE_SECONDS = 0.002  # tills do not wait for each other to the microsecond
QUIET_SALES = 1_000


def backup_while_selling(folder: Path) -> list[Result]:
    """Lone sales, in turn without a backup and for as long as one takes; each p99 is the median of the rounds."""
    filling.fill(folder / "store", EVENTS)
    quiet, beside = asyncio.run(_measured(folder / "store"))
    note = f"{EVENTS:,} events; ms"
    return [at_most("backup_while_selling", beside, "ms p99", quiet, MOST, note)]


async def _measured(data: Path) -> tuple[float, float]:
    quiet, beside = list[float](), list[float]()
    async with opened(filling.settings(data)) as services:
        settle_garbage_collector()
        for _ in range(ROUNDS):
            quiet.append(_p99(await _sold(services, backup=False)))
            beside.append(_p99(await _sold(services, backup=True)))
    return statistics.median(quiet), statistics.median(beside)


async def _sold(services: Services, *, backup: bool) -> list[float]:
    """How long each sale took."""
    taken: list[float] = []
    if backup:
        await services.backups.begin()
    while (services.backups.state or {}).get("status") == "running" if backup else len(taken) < QUIET_SALES:
        started = time.perf_counter()
        await filling.one_sale(services)
        taken.append(1000 * (time.perf_counter() - started))
        await asyncio.sleep(PAUSE_SECONDS)
    if backup:
        assert (services.backups.state or {})["status"] == "done", services.backups.state
    return taken


def _p99(taken: list[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.99)]
