"""Many stores on a region's server with head office copying their streams: `python -m bench region`.

1,000 stores with 100 real events each, or fewer by BACKROOM_BENCH_STORES. It prints, and judges only that all arrived.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from appliance.hq import reading
from appliance.hq.connection import JetStream, Server, connected
from appliance.hq.folder import Folder, open_folder
from appliance.hq.provision import Provisioner, together
from appliance.hq.resources import Life, Options
from appliance.sync import subjects
from bench.report import Result
from tests.support.natsd import NatsServer, free_port
from tests.support.upstream import Lifeline, sales

STORES = int(os.environ.get("BACKROOM_BENCH_STORES", "1000"))
EVENTS = 100
DEADLINE_SECONDS = 240.0
CONNECTIONS = 16  # each carries the stores of its turn: what is measured is the servers


@dataclass(frozen=True, slots=True)
class Level:
    """A server and its folder."""

    natsd: NatsServer
    folder: Folder

    @property
    def server(self) -> Server:
        return Server(self.natsd.url, self.folder.credentials)

    @property
    def memory_mb(self) -> float:
        assert self.natsd.process is not None
        status = Path(f"/proc/{self.natsd.process.pid}/status").read_text()
        line = next(each for each in status.splitlines() if each.startswith("VmRSS"))
        return int(line.split()[1]) / 1024


def region(folder: Path) -> list[Result]:
    """Create, publish all at once, and see when head office has everything."""
    stores = [f"store-{number}" for number in range(STORES)]
    above, below = _levels(folder.absolute(), stores)
    with above.natsd, below.natsd:
        try:
            return asyncio.run(_measured(above, below, stores))
        finally:
            for level in (above, below):
                level.natsd.kill()  # a gentle stop of thousands of consumers takes longer than anybody waits


def _levels(folder: Path, stores: Sequence[str]) -> tuple[Level, Level]:
    files = [open_folder(folder / name / "hq", create=True) for name in ("above", "below")]
    for store in stores:
        for each in files:
            each.enrol(Life(store))
    files[0].let_region_hold("north", stores)
    files[1].above = "hq"
    for each in files:
        each.save()
    leaf, port = free_port(), [free_port(), free_port()]
    nkey = files[0].leaf_seed("north").read_text().strip()
    link = f'url: "nats://127.0.0.1:{leaf}", account: HQ, nkey: "{nkey}", deny_exports: ["$KV.>", "stores.>"]'
    ends = [f'leafnodes {{ listen: "127.0.0.1:{leaf}" }}', f"leafnodes {{ remotes: [ {{ {link} }} ] }}"]
    levels = []
    for index, name in enumerate(("above", "below")):
        domain = {"above": "hq", "below": "north"}[name]
        natsd = NatsServer(folder / name, port=port[index])
        natsd.whole = (
            f'listen: "127.0.0.1:{port[index]}"\nserver_name: {domain}\nmax_pending: 256MB\n'
            f'jetstream {{ store_dir: "{natsd.store}", max_file: 8G, domain: {domain} }}\n'
            f'{ends[index]}\ninclude "hq/accounts.conf"\n'
        )
        levels.append(Level(natsd, files[index]))
    return levels[0], levels[1]


async def _measured(above: Level, below: Level, stores: Sequence[str]) -> list[Result]:
    lives = [Life(store) for store in stores]
    async with connected(above.server) as hq, connected(below.server) as north:
        idle = above.memory_mb, below.memory_mb
        created = time.perf_counter()
        at_north = Provisioner(north, Options(above="hq"), fix=True)
        at_hq = Provisioner(hq, Options(regions=("north",)), fix=True, regions=dict.fromkeys(stores, "north"))
        await at_hq.shared()
        await at_north.shared()
        await at_north.stores(lives)
        north_seconds = time.perf_counter() - created
        await at_hq.stores(lives)
        hq_seconds = time.perf_counter() - created - north_seconds
        made = above.memory_mb, below.memory_mb
        lines = [_filled(life) for life in lives]
        published, arrived = await _publish(below, hq, lines)
    total = STORES * EVENTS
    figures = {
        "region_create": (north_seconds, "s", f"{STORES} stores: a stream and four consumers each"),
        "hq_create": (hq_seconds, "s", f"{STORES} copies"),
        "region_memory": (below.memory_mb, "MB", f"idle {idle[1]:.0f}, with all streams {made[1]:.0f}"),
        "hq_memory": (above.memory_mb, "MB", f"idle {idle[0]:.0f}, with all copies {made[0]:.0f}"),
        "region_rate": (total / published, "events/s", f"{total} events of {STORES} stores at once, acknowledged"),
        "source_lag": (arrived, "s", "from the last acknowledgement to the last event at head office"),
    }
    return [
        Result(name, value, unit, None, None, "be printed", met=True, note=note)
        for name, (value, unit, note) in figures.items()
    ]


def _filled(life: Life) -> Lifeline:
    line = Lifeline(life)
    line.record(*sales(EVENTS))
    return line


async def _publish(below: Level, hq: JetStream, lines: Sequence[Lifeline]) -> tuple[float, float]:
    """Seconds until all are acknowledged by the region, and from then until head office has them."""
    started = time.perf_counter()
    groups = [lines[start::CONNECTIONS] for start in range(CONNECTIONS)]
    await asyncio.gather(*(_publish_group(below.server, group) for group in groups))
    published = time.perf_counter()
    deadline = published + DEADLINE_SECONDS
    while True:
        held = await reading.held(hq)
        if sum(each.last for each in held) == len(lines) * EVENTS:
            return published - started, time.perf_counter() - published
        assert time.perf_counter() < deadline, "head office does not get everything"
        await asyncio.sleep(0.1)


async def _publish_group(server: Server, lines: Sequence[Lifeline]) -> None:
    async with connected(server) as js:
        await together([partial(_publish_line, js, line) for line in lines])


async def _publish_line(js: JetStream, line: Lifeline) -> None:
    """In order, each conditional on the one before, so that the last acknowledgement stands for all."""
    for position, (record, digest, name) in zip(itertools.count(1), line.sent, strict=False):
        headers = {subjects.EXPECTED_LAST_SEQUENCE: str(position - 1), subjects.CE_CHAIN_HASH: digest.hex()}
        subject = subjects.event_subject(line.life.store, name)
        if position < len(line.sent):
            await js.client.publish(subject, record, headers=headers)
        else:
            answer = await js.client.request(subject, record, headers=headers, timeout=60)
            assert b'"seq":100' in answer.data, answer.data
