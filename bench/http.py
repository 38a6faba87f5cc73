"""`sale_http_64`, `sale_http_1` and `sale_slow_disk_64`: durable ten-line sales over HTTP with everything on."""

from __future__ import annotations

import shutil
import statistics
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from bench import load
from bench.load import Measured, Server
from bench.report import Result, at_least, at_most, not_measured

ROUNDS = 3
SECONDS = 5
WARM_SECONDS = 2
TILLS = 64
SLOW_SYNC_MICROSECONDS = 15_000
GENERATOR_HEADROOM = 3.0  # the load generator must be able to do this many times the limit
SHIM = Path(__file__).with_name("slowsync.c")

Serve = Callable[[], AbstractContextManager[Server]]


def sale_http(folder: Path) -> list[Result]:
    """Ours and the bare route in turn, 64 tills and one."""
    missing = load.available()
    if missing:
        return [
            not_measured("sale_http_64", "sales/s", ">= 0.35 x limit", missing),
            not_measured("sale_http_1", "ms p50", "<= 2.5 x limit", missing),
        ]
    with load.limit("empty", folder) as server:
        empty = load.drive(server, TILLS, SECONDS)
    ours, bare = [], []
    for number in range(ROUNDS):
        bare.append(_both(partial(load.limit, "bare", folder)))
        ours.append(_both(partial(load.appliance, folder / f"http-{number}")))
    return _judge(ours, bare, empty)


def _both(serve: Serve) -> tuple[Measured, Measured]:
    with serve() as server:
        load.drive(server, TILLS, WARM_SECONDS)
        return load.drive(server, TILLS, SECONDS), load.drive(server, 1, SECONDS)


def _judge(
    ours: list[tuple[Measured, Measured]], bare: list[tuple[Measured, Measured]], empty: Measured
) -> list[Result]:
    bad = sum(each.bad for both in ours for each in both)
    rate, limit = _median(ours, lambda both: both[0].rate), _median(bare, lambda both: both[0].rate)
    alone, alone_bare = _median(ours, lambda both: both[1].p50), _median(bare, lambda both: both[1].p50)
    headroom = empty.rate / limit
    note = (
        f"p99 {_median(ours, lambda both: both[0].p99):.1f} ms, {bad} bad answers; generator on an empty route "
        f"{empty.rate:,.0f}/s = {headroom:.1f} x limit{'' if headroom >= GENERATOR_HEADROOM else ' (TOO SLOW)'}"
    )
    return [
        at_least("sale_http_64", rate, "sales/s", limit, 0.35, note),
        at_most("sale_http_1", alone, "ms p50", alone_bare, 2.5),
    ]


def _median(measured: list[tuple[Measured, Measured]], pick: Callable[[tuple[Measured, Measured]], float]) -> float:
    return statistics.median(pick(each) for each in measured)


def slow_disk(folder: Path) -> list[Result]:
    """15 ms on every fdatasync: 64 tills share commits, one till gets a commit a sale."""
    must = ">= 20 x limit"
    missing = load.available() or (None if shutil.which("gcc") else "gcc not installed")
    if missing:
        return [not_measured("sale_slow_disk_64", "sales/s", must, missing)]
    library = folder / "slowsync.so"
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", library, SHIM, "-ldl"], check=True)
    slow = {"LD_PRELOAD": str(library), "SLOWSYNC_MICROSECONDS": str(SLOW_SYNC_MICROSECONDS)}
    data = folder / "slow"
    with load.appliance(data):
        pass  # the catalogue is loaded at full speed
    with load.appliance(data, slow) as server:
        load.drive(server, TILLS, WARM_SECONDS)
        together = load.drive(server, TILLS, SECONDS)
        alone = load.drive(server, 1, SECONDS)
    note = f"limit: one commit a sale, one till; p99 {together.p99:.0f} ms"
    return [at_least("sale_slow_disk_64", together.rate, "sales/s", alone.rate, 20.0, note)]
