"""`restore`: from head office's stream to a box that sells, every event proven, beside only fetching the same."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from pathlib import Path
from typing import Any

import uvloop

from appliance.bootstrap import opened
from appliance.cli.from_head_office import restore
from appliance.config import ScrubSettings, Settings, SyncSettings, load
from appliance.process import settle_garbage_collector
from appliance.sync.connection import Address, open_session
from appliance.sync.headquarters import Headquarters
from appliance.sync.lineage import past_of
from appliance.sync.refetching import pages
from bench import head_office as hq
from bench.report import Result, alternate, at_least, not_measured

EVENTS = int(os.environ.get("BENCH_EVENTS", "50000"))
ROUNDS = 3
LEAST = 0.5


def restored(folder: Path) -> list[Result]:
    """A log of sales is sent up once, then fetched and restored in turn."""
    if missing := hq.available():
        return [not_measured("restore", "events/s", f">= {LEAST:g} x limit", missing)]
    settle_garbage_collector()
    hq.fill(folder / "log", EVENTS)
    with hq.head_office(folder / "hq") as office:
        uvloop.run(_sent(folder / "log", office.url))
        ours, alone = alternate(
            ROUNDS,
            lambda: EVENTS / _restored(folder / "box", office.url),
            lambda: EVENTS / uvloop.run(_fetched(office.url)),
        )
    return [at_least("restore", ours, "events/s", alone, LEAST, f"{EVENTS:,} sales; limit: fetching alone")]


async def _sent(data: Path, url: str) -> None:
    async with hq.publishing(data, url) as (_, upstream):
        await hq.drained(upstream)


async def _fetched(url: str) -> float:
    """The pages come and are dropped."""
    session = await open_session(Address((url,), hq.STORE))
    try:
        asking = Headquarters(session, hq.STORE)
        started, count = time.perf_counter(), 0
        async for page in pages(asking, await past_of(asking), 0):
            count += len(page)
        taken = time.perf_counter() - started
    finally:
        await session.close()
    assert count == EVENTS
    return taken


def _restored(data: Path, url: str) -> float:
    """Until a sale is booked on it."""
    shutil.rmtree(data, ignore_errors=True)
    quiet: dict[str, Any] = {"data_dir": data, "machine_id": "bench", "scrub": ScrubSettings(enabled=False)}
    started = time.perf_counter()
    restore(load(**quiet, sync=SyncSettings(url=url)), lambda *_: None)
    asyncio.run(_sold(load(**quiet)))
    return time.perf_counter() - started


async def _sold(settings: Settings) -> None:
    async with opened(settings) as services:
        await services.writer.run(hq.one_more)
