"""`sales_while_rebuilding`, `flat`, `ready` and `rss`: what a million events change for a till."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx

from bench import load
from bench.load import Server
from bench.report import Result, alternate, at_most, not_measured

EVENTS = int(os.environ.get("BENCH_EVENTS", "1000000"))
FEW = 10_000
SECONDS = 6
WARM_SECONDS = 2
ROUNDS = 3
TURNS, TURN_SECONDS = 9, 2
TILLS = 8
MORE_SALES = 50_000
MOST_READY_SECONDS = 2.0
MOST_RSS_MB = 160.0
MOST_GROWTH = 1.03  # what the allocator and a filled cache may add over 50,000 sales and still count as none
_NAMES = {
    "sales_while_rebuilding": ("ms p99", "<= 2 x limit"),
    "flat": ("ms p50", "<= 1.2 x limit"),
    "ready": ("s", f"<= {MOST_READY_SECONDS:g} s"),
    "rss": ("MB", f"<= {MOST_RSS_MB:g} MB, no growth"),
}


def scale(folder: Path) -> list[Result]:
    """Fill a store with a million events and sell on it."""
    missing = load.available()
    if missing:
        return [not_measured(name, unit, must, missing) for name, (unit, must) in _NAMES.items()]
    few, many = folder / "few", folder / "many"
    _filled(few, FEW)
    _filled(many, EVENTS)
    results = [_ready(many)]
    results.append(_flat(few, many))
    with load.appliance(many) as server:
        results.append(_while_rebuilding(server))
        results.append(_rss(server))
    return results


def _filled(data: Path, events: int) -> None:
    """In a process of its own, so that its memory is not ours."""
    code = f"from pathlib import Path; from bench.filling import fill; fill(Path({str(data)!r}), {events})"
    subprocess.run([sys.executable, "-c", code], check=True)


def _ready(data: Path) -> Result:
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        with load.started(data) as server:
            while httpx.get(f"http://127.0.0.1:{server.port}/health/ready").status_code != httpx.codes.OK:
                time.sleep(0.01)
            taken.append(time.perf_counter() - started)
    seconds = statistics.median(taken)
    unit, must = _NAMES["ready"]
    note = f"from the process's start, {EVENTS:,} events"
    ratio = seconds / MOST_READY_SECONDS
    return Result("ready", seconds, unit, MOST_READY_SECONDS, ratio, must, ratio <= 1, note)


def _flat(few: Path, many: Path) -> Result:
    """Both run all the time and are driven in short turns, so that a machine that slows down slows both."""
    with load.appliance(few) as small, load.appliance(many) as large:
        for server in (small, large):
            load.drive(server, 1, WARM_SECONDS)
        limit, ours = alternate(
            TURNS,
            lambda: load.drive(small, 1, TURN_SECONDS).p50,
            lambda: load.drive(large, 1, TURN_SECONDS).p50,
        )
    return at_most("flat", ours, "ms p50", limit, 1.2, f"{EVENTS:,} events against {FEW:,}")


def _while_rebuilding(server: Server) -> Result:
    load.drive(server, TILLS, WARM_SECONDS)
    without, during = [], []
    for _ in range(ROUNDS):
        without.append(load.drive(server, TILLS, SECONDS).p99)
        with _Rebuilding(server.data):
            during.append(load.drive(server, TILLS, SECONDS).p99)
    note = f"{TILLS} tills, all projections of {EVENTS:,} events"
    return at_most("sales_while_rebuilding", statistics.median(during), "ms p99", statistics.median(without), 2, note)


class _Rebuilding:
    """A full rebuild that is under way all the time: begun again whenever one ends."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        with load.control(self._data) as client:
            self._begin(client)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with load.control(self._data) as client:
            while not self._stop.wait(0.25):
                if all(each["status"] == "live" for each in client.get("/projections").json()["items"]):
                    self._begin(client)

    @staticmethod
    def _begin(client: httpx.Client) -> None:
        key = {"Idempotency-Key": f"rebuild-{time.time_ns()}"}
        client.post("/projections/all/rebuild", headers=key).raise_for_status()


def _rss(server: Server) -> Result:
    before = _resident_mb(server.process.pid)
    sold = 0.0
    while sold < MORE_SALES:
        sold += load.drive(server, 64, 10, lines=3).rate * 10
    after = _resident_mb(server.process.pid)
    unit, must = _NAMES["rss"]
    met = before <= MOST_RSS_MB and after <= max(before * MOST_GROWTH, before + 2)
    note = f"{after:.0f} MB after {sold:,.0f} more sales"
    return Result("rss", before, unit, MOST_RSS_MB, before / MOST_RSS_MB, must, met, note)


def _resident_mb(pid: int) -> float:
    # taskset replaces itself by the server, so the process's id is the server's.
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
