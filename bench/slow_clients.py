"""`slow_clients`: a thousand connections that trickle are cut within 15 s, and tills hardly notice them meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench import load
from bench.load import Measured, Server
from bench.report import Result, at_most, not_measured

CLIENTS = 1_000
ADDRESSES = 10  # one address may hold 128 connections
WAVE = 100  # what comes at once fits into the listener's queue
DRIP_SECONDS = 1.0
GIVE_UP_SECONDS = 40.0
CUT_WITHIN_SECONDS = 15.0
ROUNDS = 3
QUIET_SECONDS = 6
SLOW_SECONDS = 14  # the whole time that they are there, and the moment in which they are cut
WARM_SECONDS = 2
TILLS = 16
MOST = 2.0

_HEAD = b"POST /api/v1/sales HTTP/1.1\r\nHost: x\r\n"
KINDS = ((_HEAD, b"X-a: b\r\n"), (_HEAD + b"Content-Length: 100000\r\n\r\n", b"1"), (b"", b""))
"""How a connection begins, and what it goes on with: a header, a body, nothing at all."""


def slow_clients(folder: Path) -> list[Result]:
    """Tills with the slow ones beside them, against tills alone, in turn."""
    must = f"<= {CUT_WITHIN_SECONDS:g} s"
    if missing := load.available():
        return [
            not_measured("slow_clients", "ms p99", f"<= {MOST:g} x limit", missing),
            not_measured("slow_clients_cut", "s", must, missing),
        ]
    quiet: list[Measured] = []
    beside: list[Measured] = []
    latest: list[float] = []
    with load.appliance(folder / "slow") as server:
        load.drive(server, TILLS, WARM_SECONDS)
        for _ in range(ROUNDS):
            quiet.append(load.drive(server, TILLS, QUIET_SECONDS))
            with _trickling(server) as cut:
                beside.append(load.drive(server, TILLS, SLOW_SECONDS))
            latest += cut
    return [_p99(quiet, beside), _cut(max(latest), must)]


def _p99(quiet: list[Measured], beside: list[Measured]) -> Result:
    alone, slow = (statistics.median(each.p99 for each in measured) for measured in (quiet, beside))
    bad = sum(each.bad for each in (*quiet, *beside))
    rates = [statistics.median(each.rate for each in measured) for measured in (beside, quiet)]
    note = f"{TILLS} tills beside {CLIENTS:,} slow clients; {rates[0]:,.0f} sales/s against {rates[1]:,.0f}; {bad} bad"
    return at_most("slow_clients", slow, "ms p99", alone, MOST, note)


def _cut(latest: float, must: str) -> Result:
    note = f"the last of {ROUNDS} times {CLIENTS:,} was cut after so long"
    met = latest <= CUT_WITHIN_SECONDS
    return Result("slow_clients_cut", latest, "s", CUT_WITHIN_SECONDS, latest / CUT_WITHIN_SECONDS, must, met, note)


@contextlib.contextmanager
def _trickling(server: Server) -> Iterator[list[float]]:
    """All slow clients, there when this is entered; after how many seconds the last was cut, when it is left."""
    command = ["taskset", "-c", load.LOAD_CORE, sys.executable, "-m", "bench.slow_clients", str(server.port)]
    cut: list[float] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield cut
        cut.append(json.loads(process.stdout.readline()))


async def _trickle(port: int) -> float:
    """Be all of them; the longest that one of them was let live, GIVE_UP_SECONDS where one was never cut."""
    tasks: list[asyncio.Task[float]] = []
    for wave in range(CLIENTS // WAVE):
        source = f"127.0.1.{1 + wave % ADDRESSES}"
        made = await asyncio.gather(
            *(asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0)) for _ in range(WAVE))
        )
        tasks += [asyncio.create_task(_drip(*each, *KINDS[n % len(KINDS)])) for n, each in enumerate(made)]
    print("ready", flush=True)
    return max(await asyncio.gather(*tasks))


async def _drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, begin: bytes, more: bytes) -> float:
    started = time.monotonic()
    ended = asyncio.ensure_future(reader.read())
    with contextlib.suppress(ConnectionError):
        writer.write(begin)
        while time.monotonic() - started < GIVE_UP_SECONDS and not ended.done():
            await asyncio.wait([ended], timeout=DRIP_SECONDS)
            writer.write(more)
    ended.cancel()
    await asyncio.gather(ended, return_exceptions=True)
    writer.close()
    return time.monotonic() - started


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_trickle(int(sys.argv[1])))), flush=True)
