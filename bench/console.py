"""`tui_start`, `tui_key`, `tui_idle`, `tui_bytes`, `tui_30`: the console on a terminal, beside a store that sells."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench import load
from bench.load import REGISTER, Server
from bench.ordering import fill_orders
from bench.report import Result, at_least, not_measured
from bench.terminal import FIRST_DATA, Terminal, command, consoles
from tui.screens.listing import PAGE
from tui.screens.orders import short

ORDERS = 10_000
STARTS = 5
KEYS = 120  # pressed of each kind
MOVES = {"arrows": (b"\x1b[B", b"\x1b[A"), "letters": (b"j", b"k")}
MOST_START_SECONDS = 1.5
MOST_KEY_MS = 50.0
MOST_IDLE = 2.0  # per cent of a core
SALES_A_SECOND = 20
WATCHED_SECONDS = 30.0
QUIET_SECONDS = 0.5
LINE_BYTES = 57_600.0  # what a serial line of 9600 baud carries in a minute
CONSOLES = 30
LEAST_SALES = 0.9
SECONDS = 5
ROUNDS = 2
TILLS = 64
_NAMES = {
    "tui_start": ("s", "<= 1.5 s"),
    "tui_key": ("ms p95", "<= 50 ms"),
    "tui_idle": ("% of a core", "<= 2 %"),
    "tui_bytes": ("bytes/min", "<= 9600 baud"),
    "tui_bytes_low": ("bytes/min", "<= 9600 baud"),
    "tui_30": ("sales/s", ">= 0.9 x limit"),
}


def console(folder: Path) -> list[Result]:
    """All of them on one store with ten thousand orders."""
    missing = load.available()
    if missing:
        return [not_measured(name, unit, must, missing) for name, (unit, must) in _NAMES.items()]
    data = folder / "store"
    fill_orders(data, ORDERS)
    with load.appliance(data) as server:
        results = [_start(server), _key(server), *_watched(server)]
        return [*results, _thirty(server)]


def _start(server: Server) -> Result:
    taken = []
    for _ in range(STARTS):
        terminal = Terminal(command(server.data))
        taken.append(terminal.shows(FIRST_DATA) - terminal.begun)
        terminal.close()
    note = f"`backroom tui` to the day's takings, median of {STARTS}; slowest {max(taken):.2f}"
    return _most("tui_start", statistics.median(taken), MOST_START_SECONDS, note)


def _key(server: Server) -> Result:
    with consoles(1, server.data) as (terminal,):
        before = terminal.sent
        terminal.press(b"\x1bOS")  # F4: the orders
        terminal.shows("page 1", before)
        kinds = {name: _pressed(terminal, *keys) for name, keys in MOVES.items()}
        kinds["pages"] = _turned(terminal, _first_orders(server, KEYS // 4))
    every = [each for taken in kinds.values() for each in taken]
    told = ", ".join(f"{name} {_p95(taken):.0f}" for name, taken in kinds.items())
    return _most("tui_key", _p95(every), MOST_KEY_MS, f"{ORDERS:,} orders behind; p95 of {told}")


def _pressed(terminal: Terminal, there: bytes, back: bytes) -> list[float]:
    taken = []
    for number in range(KEYS):
        terminal.settle(0.05)
        taken.append(terminal.press(back if number // 10 % 2 else there) * 1000)
    return taken


def _first_orders(server: Server, pages: int) -> list[str]:
    """The order at the top of each page, as the console writes it."""
    found: list[str] = []
    cursor: str | None = None
    headers = {"authorization": f"Bearer {server.token}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}/api/v1", headers=headers) as client:
        for _ in range(pages):
            query = {"limit": PAGE} | ({} if cursor is None else {"cursor": cursor})
            part = client.get("/orders", params=query).raise_for_status().json()
            found.append(short(part["items"][0]["order_id"]))
            cursor = part["next_cursor"]
    return found


def _turned(terminal: Terminal, firsts: list[str]) -> list[float]:
    """Pages, until the first order of the new page stands there: what was read from the store included."""
    taken = []
    for first in firsts[1:]:
        terminal.settle(QUIET_SECONDS / 2)
        before, begun = terminal.sent, time.perf_counter()
        terminal.press(b"]")
        taken.append((terminal.shows(first, before) - begun) * 1000)
    return taken


def _watched(server: Server) -> list[Result]:
    """Two consoles that nobody touches while sales arrive: one as it is, one for a slow line."""
    with consoles(1, server.data) as (normal,), consoles(1, server.data, "--low-bandwidth") as (low,), _selling(server):
        time.sleep(2)  # past the start
        cpu, low_cpu, sent, low_sent = normal.cpu_seconds, low.cpu_seconds, normal.sent, low.sent
        begun = time.perf_counter()
        time.sleep(WATCHED_SECONDS)
        taken = time.perf_counter() - begun
        idle, low_idle = (normal.cpu_seconds - cpu) / taken * 100, (low.cpu_seconds - low_cpu) / taken * 100
        a_minute = 60 / taken
        told = (normal.sent - sent) * a_minute, (low.sent - low_sent) * a_minute
    note = f"{SALES_A_SECOND} sales/s arrive"
    return [
        _most("tui_idle", idle, MOST_IDLE, f"{note}; low-bandwidth {low_idle:.2f} %"),
        _most("tui_bytes", told[0], LINE_BYTES, note),
        _most("tui_bytes_low", told[1], LINE_BYTES, f"{note}; {told[1] / max(told[0], 1):.2f} of normal"),
    ]


@contextmanager
def _selling(server: Server) -> Iterator[None]:
    """Twenty sales a second, evenly, for as long as it lasts."""
    stop = threading.Event()
    thread = threading.Thread(target=_sell, args=(server, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _sell(server: Server, stop: threading.Event) -> None:
    body = {
        "register_id": REGISTER,
        "currency": "EUR",
        "lines": [{"product_id": f"P{number:05d}", "quantity": "1"} for number in range(3)],
        "tenders": [{"type": "cash", "amount": 1_000}],
    }
    run, due = time.time_ns(), time.perf_counter()
    headers = {"authorization": f"Bearer {server.token}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}/api/v1", headers=headers) as client:
        number = 0
        while not stop.wait(max(0.0, due - time.perf_counter())):
            number, due = number + 1, due + 1 / SALES_A_SECOND
            client.post("/sales", json=body, headers={"idempotency-key": f"{run}-{number}"}).raise_for_status()


def _thirty(server: Server) -> Result:
    """Before, with, and after them, so that a machine that slows down slows both."""
    load.drive(server, TILLS, SECONDS)
    without = _rates(server)
    with consoles(CONSOLES, server.data):
        load.drive(server, TILLS, SECONDS)  # as warm as without them
        attached = _rates(server)
    without += _rates(server)
    rate, alone = statistics.median(attached), statistics.median(without)
    note = f"limit: none attached; {TILLS} tills, {CONSOLES} real consoles on the load's core"
    return at_least("tui_30", rate, "sales/s", alone, LEAST_SALES, note)


def _rates(server: Server) -> list[float]:
    return [load.drive(server, TILLS, SECONDS).rate for _ in range(ROUNDS)]


def _p95(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=20)[-1]


def _most(name: str, value: float, most: float, note: str) -> Result:
    unit, must = _NAMES[name]
    return Result(name, value, unit, most, value / most, must, value <= most, note)
