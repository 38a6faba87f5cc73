"""`sync_drain`, `sync_drain_durable`, `sync_lag`: how fast a backlog goes up, beside the same bytes from memory."""

from __future__ import annotations

import asyncio
import os
import secrets
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import nats
import uvloop
from nats.aio.client import Client

from appliance.eventstore.store import Paths
from appliance.process import settle_garbage_collector
from appliance.sync import subjects
from appliance.sync.envelope import COLUMNS, Envelopes, Outgoing
from bench import head_office as hq
from bench.importing import import_sales
from bench.report import Result, alternate, at_least, not_measured

EVENTS = int(os.environ.get("BENCH_SYNC_EVENTS", "200000"))
ROUNDS = 3
SEGMENT = 10_000  # held ready in memory at once by the limits; only sending is timed
BATCH = 1_000
LAGS = 300
MOST_LAG_MS = 10.0
LEAST_DURABLE = 20_000
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  a folder of our own in it
STREAM = subjects.event_stream(hq.STORE, 1)
_NAMES = {
    "sync_drain": ("events/s", ">= 0.5 x limit, > publish_async"),
    "sync_drain_durable": ("events/s", f">= {LEAST_DURABLE:,}/s"),
    "sync_lag": ("ms p50", f"<= {MOST_LAG_MS:g} ms"),
}


def sync(folder: Path) -> list[Result]:
    """The same log drained by us, sent from memory, and sent with the library's own asynchronous publish."""
    if missing := hq.available():
        return [not_measured(name, unit, must, missing) for name, (unit, must) in _NAMES.items()]
    settle_garbage_collector()
    data = folder / "log"
    imported = import_sales(folder)
    if imported is None:
        hq.fill(data, EVENTS)
    else:
        hq.fill_real(data, Paths(imported.data).database, EVENTS)
    return _measured(
        folder, data, "sales made up: no retail data here" if imported is None else "a real store's events"
    )


def _measured(folder: Path, data: Path, what: str) -> list[Result]:
    with hq.head_office(folder / "hq") as office:
        ours, limit, plain = alternate(
            ROUNDS,
            lambda: _timed(office, _drain(data, office.url)),
            lambda: _timed(office, _from_memory(data, office.url, batches=True)),
            lambda: _timed(office, _from_memory(data, office.url, batches=False)),
        )
        lag = _lag(office, folder / "lag")
    drain = at_least("sync_drain", ours, "events/s", limit, 0.5, f"{what}; publish_async in windows: {plain:,.0f}/s")
    if ours <= plain:
        drain = Result(drain.name, ours, drain.unit, limit, ours / limit, drain.must, met=False, note=drain.note)
    return [drain, _durable(folder, data), lag]


def _durable(folder: Path, data: Path) -> Result:
    """What head office itself can take shows in the same bytes from memory, and on a disk that costs nothing."""
    with hq.head_office(folder / "durable", sync_always=True) as office:
        durable, memory = alternate(
            ROUNDS,
            lambda: _timed(office, _drain(data, office.url)),
            lambda: _timed(office, _from_memory(data, office.url, batches=True)),
        )
    note = f"from memory, as durably: {memory:,.0f}/s"
    if SHARED_MEMORY.is_dir():
        with TemporaryDirectory(dir=SHARED_MEMORY) as there, hq.head_office(Path(there), sync_always=True) as office:
            note += f"; with head office in memory {_timed(office, _drain(data, office.url)):,.0f}/s"
    unit, must = _NAMES["sync_drain_durable"]
    ratio = durable / LEAST_DURABLE
    return Result("sync_drain_durable", durable, unit, LEAST_DURABLE, ratio, must, ratio >= 1, note)


def _timed(office: hq.HeadOffice, work: Any) -> float:
    office.provision()
    seconds: float = uvloop.run(work)
    return EVENTS / seconds


async def _drain(data: Path, url: str) -> float:
    started = time.perf_counter()
    async with hq.publishing(data, url) as (_, upstream):
        started = time.perf_counter()
        await hq.drained(upstream)
        return time.perf_counter() - started


async def _from_memory(data: Path, url: str, *, batches: bool) -> float:
    client = await nats.connect(url)
    envelopes, spent = Envelopes(hq.STORE, 1), 0.0
    db = sqlite3.connect(Paths(data).database)
    try:
        for first in range(0, EVENTS, SEGMENT):
            sql = f"SELECT {COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?"
            ready = [_message(envelopes.of(row)) for row in db.execute(sql, (first, SEGMENT))]
            started = time.perf_counter()
            await (_batched(client, ready) if batches else _asynchronous(client, ready))
            spent += time.perf_counter() - started
    finally:
        db.close()
        await client.close()
    return spent


class Message(NamedTuple):
    """An event as the library's publish takes it."""

    position: int
    subject: str
    headers: dict[str, str]
    body: bytes


def _message(event: Outgoing) -> Message:
    lines = event.head.decode().split("\r\n")[1:-1]
    return Message(event.position, event.subject.decode(), dict(each.split(": ", 1) for each in lines), event.body)


async def _batched(client: Client, events: Sequence[Message]) -> None:
    """With the same preconditions, two batches under way."""
    under_way: list[asyncio.Future[Any]] = []
    for start in range(0, len(events), BATCH):
        batch, name = events[start : start + BATCH], secrets.token_hex(16)
        for number, event in enumerate(batch, 1):
            headers = {**event.headers, subjects.BATCH_ID: name, subjects.BATCH_SEQUENCE: str(number)}
            if number == 1:
                expected = {subjects.EXPECTED_STREAM: STREAM, subjects.EXPECTED_LAST_SEQUENCE: str(event.position - 1)}
                headers |= expected
            if number < len(batch):
                await client.publish(event.subject, event.body, headers=headers)
            else:
                headers[subjects.BATCH_COMMIT] = "1"
                asking = client.request(event.subject, event.body, timeout=30, headers=headers)
                under_way.append(asyncio.ensure_future(asking))
                await asyncio.sleep(0)
        if len(under_way) > 1:
            assert b"error" not in (await under_way.pop(0)).data
    for each in under_way:
        assert b"error" not in (await each).data


async def _asynchronous(client: Client, events: Sequence[Message]) -> None:
    """As most programs do it: no precondition, a window of a thousand awaited."""
    jetstream = client.jetstream()
    for start in range(0, len(events), BATCH):
        sent = [
            await jetstream.publish_async(event.subject, event.body, headers=event.headers)
            for event in events[start : start + BATCH]
        ]
        await asyncio.gather(*sent)


def _lag(office: hq.HeadOffice, data: Path) -> Result:
    office.provision()
    lags = sorted(uvloop.run(_lags(data, office.url)))
    p50, p99 = (1000 * lags[int(len(lags) * share)] for share in (0.5, 0.99))
    unit, must = _NAMES["sync_lag"]
    return Result("sync_lag", p50, unit, MOST_LAG_MS, p50 / MOST_LAG_MS, must, p50 <= MOST_LAG_MS, f"p99 {p99:.1f} ms")


async def _lags(data: Path, url: str) -> list[float]:
    found = []
    hq.fill(data, 1)
    async with hq.publishing(data, url) as (store, upstream):
        await hq.drained(upstream)
        for _ in range(LAGS):
            await store.writer.run(hq.one_more)
            committed = time.perf_counter()
            await hq.drained(upstream, 0.0002)
            found.append(time.perf_counter() - committed)
            await asyncio.sleep(0.01)
    return found
