"""`sales_while_...`: what a till waits for while the way to head office fails, beside the same on a good line."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import head_office as hq
from bench import load
from bench.report import Result, not_measured
from tests.support.proxy import BOTH, Line

TILLS, SECONDS, WARM_SECONDS, ROUNDS = 8, 4, 1, 3
FLAP_SECONDS = 0.2
MOST = 1.5
_MUST = f"p99 <= {MOST:g} x limit"


@dataclass(slots=True)
class Way:
    """The line between the two, worked from a thread of its own."""

    line: Line
    loop: asyncio.AbstractEventLoop
    flapping: asyncio.Task[None] | None = None

    def call(self, work: Callable[[], None]) -> None:
        """Do something to the line where it lives."""

        async def done() -> None:
            work()

        asyncio.run_coroutine_threadsafe(done(), self.loop).result(10)

    def good(self) -> None:
        """As a line should be."""
        if self.flapping is not None:
            self.flapping.cancel()
            self.flapping = None
        self.line.heal()

    def black_hole(self) -> None:
        """Swallows everything, both ways."""
        self.line.lose(BOTH)

    def down(self) -> None:
        """Nobody is there: every connection is refused."""
        self.line.refuses = True
        self.line.reset()

    def flap(self) -> None:
        """Breaks every 200 ms."""
        self.flapping = self.loop.create_task(self._flap())

    async def _flap(self) -> None:
        while True:
            await asyncio.sleep(FLAP_SECONDS)
            self.line.reset()


FAULTS: Mapping[str, Callable[[Way], None]] = {"black hole": Way.black_hole, "flapping": Way.flap, "down": Way.down}


def sync_faults(folder: Path) -> list[Result]:
    """One figure for each fault, all beside the good line of the same round."""
    names = [f"sales_while_{name.replace(' ', '_')}" for name in FAULTS]
    if missing := hq.available() or load.available():
        return [not_measured(name, "ms p99", _MUST, missing) for name in names]
    without: list[float] = []
    during: dict[str, list[float]] = {name: [] for name in FAULTS}
    with hq.head_office(folder / "hq") as office, _way(office.port) as way:
        env = {"BACKROOM__SYNC__URL": way.line.url}
        with load.appliance(folder / "store", env) as server:
            load.drive(server, TILLS, WARM_SECONDS)
            for _ in range(ROUNDS):
                for name, fault in FAULTS.items():
                    without.append(load.drive(server, TILLS, SECONDS).p99)
                    way.call(lambda fault=fault: fault(way))  # type: ignore[misc]
                    during[name].append(load.drive(server, TILLS, SECONDS).p99)
                    way.call(way.good)
    limit = statistics.median(without)
    return [_judged(name, statistics.median(p99), limit) for name, p99 in zip(names, during.values(), strict=True)]


def _judged(name: str, p99: float, limit: float) -> Result:
    return Result(name, p99, "ms p99", limit, p99 / limit, _MUST, p99 <= MOST * limit, f"{TILLS} tills")


@contextlib.contextmanager
def _way(port: int) -> Iterator[Way]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    line = Line(port)
    try:
        asyncio.run_coroutine_threadsafe(line.__aenter__(), loop).result(10)
        yield Way(line, loop)
        asyncio.run_coroutine_threadsafe(line.__aexit__(None, None, None), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
