"""What head office can take: `hq_consumer`."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path

from appliance.hq.connection import JetStream, Server, connected
from appliance.hq.consumer import Consumer
from appliance.hq.reporting import ReportingStore
from appliance.hq.resources import Life
from appliance.process import settle_garbage_collector
from appliance.sync import subjects
from bench.report import Result
from tests.support.head_office import head_office
from tests.support.upstream import Lifeline, sales

EVENTS = 50_000
STORE = "store-a"
LEAST = 10_000.0  # events/s


def hq_consumer(folder: Path) -> list[Result]:
    """Events of a store in a stream on disk, proven and counted into the reporting store, its transactions durable."""
    settle_garbage_collector()
    line = Lifeline(Life(STORE))
    line.record(*sales(EVENTS))
    with head_office(folder.absolute(), STORE) as office, contextlib.closing(ReportingStore(folder / "r.db")) as store:
        rate = asyncio.run(_counted(office.server, line, store))
        days = store.days(STORE)
    assert days["2026-11-22", "sales", ""][0] == EVENTS
    return [Result("hq_consumer", rate, "events/s", LEAST, rate / LEAST, ">= 10,000/s", met=rate >= LEAST)]


async def _counted(server: Server, line: Lifeline, store: ReportingStore) -> float:
    async with connected(server) as js:
        await _fill(js, line)
        started = time.perf_counter()
        counted = await Consumer(js, store).catch_up()
        taken = time.perf_counter() - started
    assert counted == EVENTS
    return counted / taken


async def _fill(js: JetStream, line: Lifeline) -> None:
    """All at once, without waiting for acknowledgements: how it gets there is not what is measured."""
    for record, digest, name in line.sent:
        await js.client.publish(
            subjects.event_subject(STORE, name), record, headers={subjects.CE_CHAIN_HASH: digest.hex()}
        )
    await js.client.flush(timeout=60)
    while (await js.ask(f"STREAM.INFO.{line.life.stream}"))["state"]["last_seq"] < line.position:  # noqa: ASYNC110  nobody tells
        await asyncio.sleep(0.05)
