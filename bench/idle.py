"""`idle_cpu` and `idle_rss`: what a store with everything on takes while nobody asks for anything."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from bench import head_office as hq
from bench import load
from bench.report import Result, not_measured
from bench.tracing import receiver

SECONDS = int(os.environ.get("BENCH_IDLE_SECONDS", "60"))
SETTLE_SECONDS = 15  # after its start: the scrub's first look, the barcodes' tables, the link to head office
MOST_PERCENT = 1.0
MOST_MB = 200.0
KIB_A_MB = 1024.0
_TICKS = os.sysconf("SC_CLK_TCK")


def idle(folder: Path) -> list[Result]:
    """Sagas, scrub, TLS on the network, the link to head office, tracing: all on, and a minute of quiet."""
    missing = hq.available() or (None if shutil.which("taskset") else "taskset not installed")
    if missing:
        return [
            not_measured("idle_cpu", "% of a core", f"<= {MOST_PERCENT:g}", missing),
            not_measured("idle_rss", "MB", f"<= {MOST_MB:g}", missing),
        ]
    with hq.head_office(folder / "hq") as office, receiver() as (traces, _):
        office.provision()
        env = {
            "BACKROOM__SYNC__URL": office.url,
            "BACKROOM__TRACING__ENDPOINT": traces,
            "BACKROOM__SCRUB__ENABLED": "true",
            "BACKROOM__TLS__HOST": "127.0.0.1",
            "BACKROOM__TLS__PORT": str(load.free_port()),
            "BACKROOM__LAN__ANNOUNCE": "false",  # loopback has nobody to tell
        }
        with load.appliance(folder / "data", env) as server:
            time.sleep(SETTLE_SECONDS)
            before, begun = _cpu_seconds(server.process.pid), time.monotonic()
            time.sleep(SECONDS)
            used, took = _cpu_seconds(server.process.pid) - before, time.monotonic() - begun
            resident = _resident_mb(server.process.pid)
            with load.control(folder / "data") as client:
                connected = client.get("/sync").json()["connected"]
    return _judge(
        100 * used / took, resident, f"{took:.0f} s of quiet, head office {'' if connected else 'NOT '}reached"
    )


def _judge(percent: float, resident: float, note: str) -> list[Result]:
    return [
        _at_most("idle_cpu", percent, "% of a core", MOST_PERCENT, note),
        _at_most("idle_rss", resident, "MB", MOST_MB, note),
    ]


def _at_most(name: str, value: float, unit: str, most: float, note: str) -> Result:
    return Result(name, value, unit, most, value / most, f"<= {most:g}", value <= most, note)


def _cpu_seconds(pid: int) -> float:
    """What the process has used so far, in user and system time."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _resident_mb(pid: int) -> float:
    said = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(said.split("VmRSS:")[1].split()[0]) / KIB_A_MB
