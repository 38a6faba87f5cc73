"""What is shown, act by act: selling with a line, without one, and again with one; then the proof."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from appliance.demo import processes
from appliance.demo.proxy import Line, line
from appliance.demo.tills import Tills
from appliance.eventstore.store import Paths
from appliance.hq.comparison import Comparison, compare
from appliance.hq.connection import JetStream, Server, connected
from appliance.hq.consumer import Consumer
from appliance.hq.folder import Folder, open_folder
from appliance.hq.provision import Provisioner
from appliance.hq.reporting import ReportingStore
from appliance.hq.resources import Life, Options
from appliance.hq.store_side import DataDirectory

STORE = "demo-store"
TILLS = 4
CURRENCY = "EUR"
ONLINE, OFFLINE = 0.25, 0.45  # of the time: selling with a line, then without; the rest is with one again
LOOK_SECONDS = 0.25
DRAIN_SECONDS = 60.0
SALES_OF_A_DAY = "sales"


@dataclass(frozen=True, slots=True)
class Moment:
    """What there is to see at one moment."""

    seconds: float
    act: str
    line_up: bool
    sales: int  # acknowledged to the tills
    position: int  # of the store's log
    at_head_office: int

    @property
    def backlog(self) -> int:
        """Events that head office does not have yet."""
        return max(0, self.position - self.at_head_office)


@dataclass(slots=True)
class Ending:
    """What was proven, or not."""

    sales: int = 0  # acknowledged to the tills
    takings: int = 0
    sales_while_cut: int = 0
    largest_backlog: int = 0
    drained_in_seconds: float | None = None
    position: int = 0
    hash: str = ""
    sales_at_head_office: int = 0
    takings_at_head_office: int = 0
    problems: list[str] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        """For programs."""
        return {"ok": not self.problems, **asdict(self)}


Show = Callable[[Moment], None]


async def perform(folder: Path, seconds: float, show: Show) -> Ending:
    """The whole demonstration in `folder`. Raises DemoFailed where a part of it does not start."""
    program = processes.nats_server()
    files = open_folder(folder / "hq", create=True)
    files.enrol(Life(STORE))
    files.save()
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(processes.head_office(program, folder))
        server = Server(f"nats://127.0.0.1:{port}", files.credentials)
        jetstream = await stack.enter_async_context(connected(server))
        await _provision(jetstream)
        wire = await stack.enter_async_context(line(port))
        data = folder / "store"
        ready = await stack.enter_async_context(processes.store(data, _settings(files, wire)))
        stage = Stage(jetstream, wire, data, Tills(ready, TILLS, CURRENCY), show)
        await stage.play(seconds)
        return await stage.ending(folder)


async def _provision(jetstream: JetStream) -> None:
    provisioner = Provisioner(jetstream, Options(server=jetstream.version), fix=True)
    await provisioner.shared()
    await provisioner.stores([Life(STORE)])


def _settings(files: Folder, wire: Line) -> Mapping[str, str]:
    return {
        "BACKROOM__STORE__ID": STORE,
        "BACKROOM__STORE__NAME": "Demo store",
        "BACKROOM__STORE__CURRENCY": CURRENCY,
        "BACKROOM__SYNC__URL": f"nats://127.0.0.1:{wire.port}",
        "BACKROOM__SYNC__CREDENTIALS": str(files.seed(STORE).absolute()),
    }


class Stage:
    """The demonstration as it goes."""

    def __init__(self, jetstream: JetStream, wire: Line, data: Path, tills: Tills, show: Show) -> None:
        self._js = jetstream
        self._line = wire
        self._side = DataDirectory(Paths(data).database)
        self._tills = tills
        self._show = show
        self._began = time.monotonic()
        self._ending = Ending()
        self._last = Moment(0, "", True, 0, 0, 0)

    async def play(self, seconds: float) -> None:
        """Sell, cut, sell, mend, sell, close, and wait until head office has everything."""
        async with self._selling():
            await self._act("selling", seconds * ONLINE)
            before = self._last.sales
            await self._line.cut()
            await self._act("the line is cut", seconds * OFFLINE)
            self._ending.sales_while_cut = self._last.sales - before
            await self._line.mend()
            mended = time.monotonic()
            await self._act("the line is back", seconds * (1 - ONLINE - OFFLINE), mended)
        await self._drain(mended)

    async def ending(self, folder: Path) -> Ending:
        """The proof: store and head office compared byte for byte, and sales counted on both sides."""
        found = await compare(self._js, STORE, self._side)
        ending = self._ending
        ending.sales, ending.takings = len(self._tills.acknowledged), self._tills.takings
        ending.position, ending.hash = found.until, found.digest.hex()
        ending.sales_at_head_office, ending.takings_at_head_office = await self._reported(folder / "reporting.db")
        ending.problems += found.problems + self._otherwise(found)
        return ending

    def _otherwise(self, found: Comparison) -> list[str]:
        ending = self._ending
        checks = {
            "the tills sold nothing while the line was cut": ending.sales_while_cut > 0,
            f"{found.behind} event(s) never reached head office": found.behind == 0,
            "head office has other sales than the tills were told": ending.sales == ending.sales_at_head_office,
            "head office has other takings than the tills": ending.takings == ending.takings_at_head_office,
            f"{self._tills.refused} sale(s) were refused": self._tills.refused == 0,
        }
        return [what for what, holds in checks.items() if not holds]

    async def _reported(self, path: Path) -> tuple[int, int]:
        """What head office's own reporting store counts."""
        with contextlib.closing(ReportingStore(path)) as reporting:
            await Consumer(self._js, reporting).catch_up()
            sales = [sums for (_, section, _), sums in reporting.days(STORE).items() if section == SALES_OF_A_DAY]
        return sum(count for count, _, _ in sales), sum(amount for _, amount, _ in sales)

    @asynccontextmanager
    async def _selling(self) -> AsyncIterator[None]:
        selling = asyncio.create_task(self._tills.run())
        try:
            yield
        finally:
            self._tills.close()
            await selling

    async def _act(self, name: str, seconds: float, mended: float | None = None) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await self._look(name, mended)
            await asyncio.sleep(LOOK_SECONDS)

    async def _drain(self, mended: float) -> None:
        deadline = time.monotonic() + DRAIN_SECONDS
        await self._look("draining", mended)
        while self._last.backlog and time.monotonic() < deadline:
            await asyncio.sleep(LOOK_SECONDS)
            await self._look("draining", mended)

    async def _look(self, act: str, mended: float | None) -> None:
        view = await self._side.view()
        info = await self._js.ask(f"STREAM.INFO.{Life(STORE).stream}")
        seconds = time.monotonic() - self._began
        self._last = Moment(
            seconds, act, self._line.up, len(self._tills.acknowledged), view.head, info["state"]["last_seq"]
        )
        ending = self._ending
        ending.largest_backlog = max(ending.largest_backlog, self._last.backlog)
        if mended is not None and ending.drained_in_seconds is None and self._last.backlog <= TILLS:
            ending.drained_in_seconds = round(time.monotonic() - mended, 2)
        self._show(self._last)
