"""Servers pinned to one core and load from the other: starting, preparing, driving and stopping them."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

SERVER_CORE, LOAD_CORE = "0", "1"
START_SECONDS = 60.0
PRODUCTS = 1_000
PRICE = "2.50"
REGISTER = "till-1"
SCRIPT = Path(__file__).with_name("sale.lua")
_runs = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Measured:
    """What the load generator saw: requests a second, latencies in ms, answers that were not 2xx."""

    rate: float
    p50: float
    p99: float
    bad: int


@dataclass(frozen=True, slots=True)
class Server:
    """A server under load."""

    port: int
    token: str
    process: subprocess.Popen[bytes]
    data: Path
    session: str = ""


def available() -> str | None:
    """Why load cannot be made here, or None."""
    missing = [tool for tool in ("wrk", "taskset") if shutil.which(tool) is None]
    return f"{' and '.join(missing)} not installed" if missing else None


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def limit(kind: str, folder: Path, env: Mapping[str, str] | None = None) -> Iterator[Server]:
    """The bare route ("bare") or the empty one ("empty")."""
    port, data = free_port(), folder / f"{kind}-{next(_runs)}"
    command = [sys.executable, "-m", "bench.bare", kind, str(port), str(data)]
    with _running(command, port, env) as process:
        yield Server(port, "none", process, data)


@contextlib.contextmanager
def started(data: Path, env: Mapping[str, str] | None = None, program: str = "appliance") -> Iterator[Server]:
    """The whole appliance on `data`, as it is; one device stands for all tills, so it may send as much as all."""
    port = free_port()
    env = {
        "BACKROOM__HTTP__PORT": str(port),
        "BACKROOM__SCRUB__ENABLED": "false",
        "BACKROOM__LIMITS__DEVICE_PER_SECOND": "1e6",
        "BACKROOM__LIMITS__TOTAL_PER_SECOND": "1e6",
        **(env or {}),
    }
    command = [sys.executable, "-m", program, "--data", str(data), "run"]
    with _running(command, port, env) as process:
        yield Server(port, "none", process, data)


@contextlib.contextmanager
def appliance(data: Path, env: Mapping[str, str] | None = None, program: str = "appliance") -> Iterator[Server]:
    """The whole appliance on `data`, with a catalogue and a till."""
    with started(data, env, program) as server:
        yield replace(server, token=_prepare(data))


@contextlib.contextmanager
def _running(command: list[str], port: int, env: Mapping[str, str] | None) -> Iterator[subprocess.Popen[bytes]]:
    pinned = ["taskset", "-c", SERVER_CORE, *command]
    process = subprocess.Popen(pinned, env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL)
    try:
        _await(port, process)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            message = f"the server ended with {process.returncode}"
            raise RuntimeError(message)
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        time.sleep(0.02)
    message = "the server did not start"
    raise RuntimeError(message)


def control(data: Path) -> httpx.Client:
    """A client on the appliance's control socket."""
    transport = httpx.HTTPTransport(uds=str(data / "control.sock"))
    return httpx.Client(transport=transport, base_url="http://backroom/api/v1", timeout=60)


def _prepare(data: Path) -> str:
    run = f"prepare-{time.time_ns()}"
    with control(data) as client:
        if client.get("/products/P00000").status_code == httpx.codes.NOT_FOUND:
            for number in range(PRODUCTS):
                body = {"name": f"Product {number}", "kind": "stocked", "tax_code": "standard", "price": PRICE}
                key = {"Idempotency-Key": f"{run}-{number}"}
                client.put(f"/products/P{number:05d}", json=body, headers=key).raise_for_status()
            register = {"name": "Till 1"}
            client.put(f"/registers/{REGISTER}", json=register, headers={"Idempotency-Key": run}).raise_for_status()
        device = {"name": "bench", "role": "cashier", "register_id": REGISTER}
        answer = client.post("/devices", json=device, headers={"Idempotency-Key": f"{run}-device"})
        answer.raise_for_status()
        token: str = answer.json()["token"]
        return token


def drive(server: Server, connections: int, seconds: int, lines: int = 10) -> Measured:
    """Sales from `connections` tills for `seconds`."""
    env = {
        **os.environ, "TOKEN": server.token, "REGISTER": REGISTER, "PRODUCTS": str(PRODUCTS), "LINES": str(lines),
        "SESSION": server.session, "RUN": f"r{time.time_ns()}", "SEED": "7",
    }  # fmt: skip
    url = f"http://127.0.0.1:{server.port}"
    command = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(SCRIPT), url]
    output = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout
    found = json.loads(output.split("WRK ")[1].splitlines()[0])
    return Measured(found["rate"], found["p50"], found["p99"], found["bad"])
