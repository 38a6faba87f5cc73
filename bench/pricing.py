"""`sales_while_pricing`: what a till waits for while head office's price list of 50,000 products comes into force."""

from __future__ import annotations

import asyncio
import json
import statistics
import threading
import time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from appliance.hq.connection import Server, connected
from appliance.sync import subjects
from bench import head_office as hq
from bench import load
from bench.report import Result, not_measured

PRODUCTS, PER_PART = 50_000, 500
TILLS, SECONDS, WARM_SECONDS, ROUNDS = 8, 8, 1, 3
MOST = 1.5
_NAME, _MUST = "sales_while_pricing", f"p99 <= {MOST:g} x limit"
TAKEN_SECONDS = 60.0


def pricing(folder: Path) -> list[Result]:
    """The p99 of sales in the seconds in which a list comes, beside that of seconds in which none does."""
    if missing := hq.available() or load.available():
        return [not_measured(_NAME, "ms p99", _MUST, missing)]
    data, without, during = folder / "store", list[float](), list[float]()
    with (
        hq.head_office(folder / "hq") as office,
        load.appliance(data, {"BACKROOM__SYNC__URL": office.url}) as server,
    ):
        load.drive(server, TILLS, WARM_SECONDS)
        for number in range(ROUNDS):
            without.append(load.drive(server, TILLS, SECONDS).p99)
            sending = threading.Thread(target=asyncio.run, args=(_send(office.url, f"w{number}"),))
            sending.start()
            during.append(load.drive(server, TILLS, SECONDS).p99)
            sending.join()
            _taken(data, f"w{number}")
    p99, limit = statistics.median(during), statistics.median(without)
    note = f"{PRODUCTS:,} prices, {TILLS} tills"
    return [Result(_NAME, p99, "ms p99", limit, p99 / limit, _MUST, p99 <= MOST * limit, note)]


async def _send(url: str, version: str) -> None:
    """Put a whole list: its parts, and then its manifest."""
    parts = [_part(version, number) for number in range(1, PRODUCTS // PER_PART + 1)]
    keys = [f"common.prices.{version}.{number}" for number in range(1, len(parts) + 1)]
    now = datetime.now(UTC).isoformat()
    digest = sha256(b"".join(parts)).hexdigest()
    manifest = json.dumps({"version": version, "valid_from": now, "keys": keys, "sha256": digest}).encode()
    async with connected(Server(url)) as jetstream:
        for key, body in [*zip(keys, parts, strict=True), (f"common.pricelists.{version}", manifest)]:
            await jetstream.client.request(subjects.bucket_subject(subjects.CATALOGUE_BUCKET, key), body, timeout=30)


def _part(version: str, number: int) -> bytes:
    first = (number - 1) * PER_PART
    prices = [{"product_id": f"P{each:05d}", "price": "2.50"} for each in range(first, first + PER_PART)]
    return json.dumps({"version": version, "part": number, "prices": prices}).encode()


def _taken(data: Path, version: str) -> None:
    """Wait until the list is in force, and say so where it is not."""
    deadline = time.monotonic() + TAKEN_SECONDS
    with load.control(data) as client:
        while True:
            down = client.get("/sync").json()["down"]["pricelists"]
            if down["in_force"] and down["in_force"]["version"] == version:
                return
            if time.monotonic() > deadline:
                message = f"{version} is not in force: {down}"
                raise RuntimeError(message)
            time.sleep(0.05)
