"""A head office to publish to: a real nats-server on loopback, and the log of a store that has yet to be sent."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from appliance.application.ports import Context
from appliance.domain.events import StockReceived
from appliance.errors import StoreError
from appliance.eventstore import codec
from appliance.eventstore.clock import system_clock
from appliance.eventstore.group import Wiring
from appliance.eventstore.store import EventStore, open_store
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.hq.connection import Server, connected
from appliance.hq.provision import Provisioner
from appliance.hq.resources import Life, Options
from appliance.queries.pool import Pool
from appliance.sync.connection import Address
from appliance.sync.publisher import Local
from appliance.sync.upstream import Upstream
from bench.append import a_sale
from bench.load import free_port

STORE = "store-1"
START_SECONDS = 20.0
GROUP = 500


def available() -> str | None:
    """Why there is no server here, or None."""
    return None if _program() else "nats-server not installed"


def _program() -> str | None:
    beside = Path(sys.executable).with_name("nats-server")
    return str(beside) if beside.exists() else shutil.which("nats-server")


@dataclass(frozen=True, slots=True)
class HeadOffice:
    """The running server."""

    url: str

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2])

    def provision(self) -> None:
        """An empty stream for the store."""
        asyncio.run(self._provision())

    async def _provision(self) -> None:
        async with connected(Server(self.url)) as jetstream:
            at_work = Provisioner(jetstream, Options(server=jetstream.version), fix=True)
            await at_work.recreate(Life(STORE))
            await at_work.shared()
            await at_work.stores([Life(STORE)])


@contextlib.contextmanager
def head_office(folder: Path, *, sync_always: bool = False) -> Iterator[HeadOffice]:
    """A server with an empty stream, for as long as this lasts."""
    folder.mkdir(parents=True, exist_ok=True)
    port, config = free_port(), folder / "server.conf"
    sync = ", sync_interval: always" if sync_always else ""
    config.write_text(f'listen: "127.0.0.1:{port}"\njetstream {{ store_dir: "{folder / "store"}"{sync} }}\n')
    command = [str(_program()), "-c", str(config), "-l", str(folder / "log")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            found = HeadOffice(f"nats://127.0.0.1:{port}")
            _provisioned(found)
            yield found
        finally:
            process.terminate()
            process.wait(15)


def _provisioned(found: HeadOffice) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            found.provision()
        except StoreError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def plain(data: Path) -> EventStore:
    """A store without views: what is measured is the way up."""
    return open_store(data, Wiring(fold=lambda *_: None, touches={}, clock=system_clock), machine="bench")


def fill(data: Path, events: int, *, small: bool = False) -> None:
    """A log of so many sales of three lines, or of small events."""
    store = plain(data)
    context = Context(command_id="bench", occurred_at=datetime.now(UTC))

    def work(uow: UnitOfWork, first: int, count: int) -> None:
        if small:
            uow.append(f"stock-{first}", *[StockReceived(product_id="tea", quantity="1")] * count, context=context)
            return
        for number in range(first, first + count):
            event = a_sale(number)
            uow.append(f"sale-{event.sale_id}", event, context=context, expected=0)

    try:
        for first in range(0, events, GROUP):
            count = min(GROUP, events - first)
            store.writer.call(lambda uow, first=first, count=count: work(uow, first, count))  # type: ignore[misc]
    finally:
        store.close()


def fill_real(data: Path, source: Path, events: int) -> None:
    """A log of so many events of a real store, told again from the beginning where it has fewer."""
    with contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as db:
        records = [codec.decode(record) for (record,) in db.execute("SELECT CAST(record AS BLOB) FROM events")]
    told = itertools.cycle(each.event for each in records)
    store, context = plain(data), Context(command_id="bench", occurred_at=datetime.now(UTC))

    def work(uow: UnitOfWork, first: int, count: int) -> None:
        for number in range(first, first + count):
            uow.append(f"real-{number}", next(told), context=context, expected=0)

    try:
        for first in range(0, events, GROUP):
            count = min(GROUP, events - first)
            store.writer.call(lambda uow, first=first, count=count: work(uow, first, count))  # type: ignore[misc]
    finally:
        store.close()


@contextlib.asynccontextmanager
async def publishing(data: Path, url: str) -> AsyncIterator[tuple[EventStore, Upstream]]:
    """The store, and its way up under way."""
    store = await asyncio.to_thread(plain, data)
    try:
        async with Pool(store.paths.database) as pool:
            upstream = Upstream(
                Local(STORE, "bench", pool, store.writer, system_clock), Address((url,), STORE), "0.1.0"
            )
            await upstream.start()
            try:
                yield store, upstream
            finally:
                await upstream.stop()
    finally:
        await asyncio.to_thread(store.close)


async def drained(upstream: Upstream, pause_s: float = 0.005) -> None:
    """Return when head office has everything."""
    while not (upstream.state.compared and upstream.backlog == 0):  # noqa: ASYNC110  nobody tells a benchmark
        await asyncio.sleep(pause_s)


def one_more(uow: UnitOfWork) -> None:
    """A sale."""
    event = a_sale(uow.position)
    context = Context(command_id="bench", occurred_at=datetime.now(UTC))
    uow.append(f"sale-{event.sale_id}", event, context=context, expected=0)
