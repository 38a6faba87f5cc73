"""`auth_cost`: what all of security takes of `sale_http_64`: the same build with it and without it, in turn."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx

from bench import load
from bench.load import Server
from bench.report import Result, at_least, not_measured

ROUNDS = 3
SECONDS = 4
WARM_SECONDS = 1
TILLS = 64
PIN = "8264"
LEAST = 0.85


def auth_cost(folder: Path) -> list[Result]:
    """Sales by a cashier who is signed on, against sales that nobody is asked about."""
    missing = load.available()
    if missing:
        return [not_measured("auth_cost", "sales/s", f">= {LEAST} x limit", missing)]
    guarded: list[float] = []
    unguarded: list[float] = []
    bad = 0
    with _signed_on(folder / "guarded") as on, load.appliance(folder / "unguarded", program="bench.unguarded") as off:
        for server in (on, off):
            load.drive(server, TILLS, WARM_SECONDS)
        for _ in range(ROUNDS):
            for server, rates in ((on, guarded), (off, unguarded)):
                measured = load.drive(server, TILLS, SECONDS)
                rates.append(measured.rate)
                bad += measured.bad
    note = f"a session, an operator, limits and the gate, against none of them; {bad} bad answers"
    return [at_least("auth_cost", statistics.median(guarded), "sales/s", statistics.median(unguarded), LEAST, note)]


@contextlib.contextmanager
def _signed_on(data: Path) -> Iterator[Server]:
    with load.appliance(data) as server, load.control(data) as client:
        key = {"Idempotency-Key": f"operator-{time.time_ns()}"}
        body = {"operator_id": "carl", "name": "Carl", "role": "cashier"}
        client.post("/operators", json=body, headers=key).raise_for_status()
        client.put("/operators/carl/pin", json={"pin": PIN}).raise_for_status()
        yield replace(server, session=_session(server))


def _session(server: Server) -> str:
    answer = httpx.post(
        f"http://127.0.0.1:{server.port}/api/v1/sessions",
        json={"operator": "carl", "pin": PIN},
        headers={"Authorization": f"Bearer {server.token}"},
        timeout=60,
    )
    answer.raise_for_status()
    session: str = answer.json()["session"]
    return session
