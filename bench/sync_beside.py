"""`sales_while_draining` and `rss_backlog`: what a backlog changes for a till, and for the machine's memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

import uvloop

from bench import head_office as hq
from bench import load
from bench.filling import fill
from bench.load import Measured
from bench.report import Result, at_least, not_measured

BACKLOG = int(os.environ.get("BENCH_SYNC_BACKLOG", "1000000"))
UNSENT = 60_000  # more than a drain beside a selling store gets through while it is measured
TILLS, SECONDS, WARM_SECONDS, ROUNDS = 64, 5, 1, 3
FEW = 2_000
MOST_MORE_MB = 20.0
KIB_A_MB = 1024.0


def sync_beside(folder: Path) -> list[Result]:
    """Both."""
    missing = hq.available()
    if missing:
        must = f"<= {MOST_MORE_MB:g} MB more"
        return [
            not_measured("sales_while_draining", "sales/s", ">= 0.6 x limit", missing),
            not_measured("rss_backlog", "MB", must, missing),
        ]
    return [_selling(folder), _memory(folder)]


def _selling(folder: Path) -> Result:
    if missing := load.available():
        return not_measured("sales_while_draining", "sales/s", ">= 0.6 x limit", missing)
    data = folder / "selling"
    fill(data, UNSENT)
    with hq.head_office(folder / "hq") as office:
        without, during = [], []
        for _ in range(ROUNDS):
            without.append(_driven(data, {}))
            office.provision()
            during.append(_driven(data, {"BACKROOM__SYNC__URL": office.url}))
    rates = [statistics.median(each.rate for each in measured) for measured in (during, without)]
    p99 = [statistics.median(each.p99 for each in measured) for measured in (during, without)]
    left = during[-1].bad
    note = f"p99 {p99[0]:.1f} ms against {p99[1]:.1f}; {left} bad answers"
    return at_least("sales_while_draining", rates[0], "sales/s", rates[1], 0.6, note)


def _driven(data: Path, env: dict[str, str]) -> Measured:
    with load.appliance(data, env) as server:
        load.drive(server, TILLS, WARM_SECONDS)
        measured = load.drive(server, TILLS, SECONDS)
        if env:
            with load.control(data) as client:
                status = client.get("/sync").json()
            assert status["connected"], status
            assert status["backlog"]["events"] > 0, "the drain ended before the measurement did"
        return measured


def _memory(folder: Path) -> Result:
    few, many = folder / "few", folder / "many"
    hq.fill(few, FEW, small=True)
    hq.fill(many, BACKLOG, small=True)
    with hq.head_office(folder / "hq-memory") as office:
        without = _most_resident(few, office.url)
        office.provision()
        with_backlog = _most_resident(many, office.url)
    more = with_backlog - without
    note = f"{with_backlog:.0f} MB at most while draining {BACKLOG:,} events, {without:.0f} MB for {FEW:,}"
    must = f"<= {MOST_MORE_MB:g} MB more"
    return Result("rss_backlog", more, "MB", MOST_MORE_MB, more / MOST_MORE_MB, must, more <= MOST_MORE_MB, note)


def _most_resident(data: Path, url: str) -> float:
    command = [sys.executable, "-m", "bench.sync_beside", str(data), url]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


async def _drain(data: Path, url: str) -> None:
    async with hq.publishing(data, url) as (_, upstream):
        await hq.drained(upstream)


def main() -> None:
    """usage: python -m bench.sync_beside DATA URL: drain it and print the most memory that took, in MB."""
    data, url = sys.argv[1:]
    uvloop.run(_drain(Path(data), url))
    said = Path("/proc/self/status").read_text(encoding="ascii")  # getrusage counts the process that started us as well
    print(int(said.split("VmHWM:")[1].split()[0]) / KIB_A_MB)


if __name__ == "__main__":
    main()
