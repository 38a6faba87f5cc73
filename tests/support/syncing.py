"""A store that publishes to a real server, and what must be true of the two: stream equals log."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.api.services import Services
from appliance.bootstrap import opened
from appliance.config import ScrubSettings, SyncSettings, load
from appliance.eventstore.chain import GENESIS, link
from appliance.hq.connection import Server, connected
from appliance.hq.resources import Life
from appliance.sync import subjects
from appliance.sync.upstream import Upstream
from tests.support.head_office import HeadOffice
from tests.support.polling import settled
from tests.support.stores import appending, received

STORE = "store-1"
MACHINE = "machine-a"
BATCHES_SINCE = (2, 11, 0)


@dataclass(frozen=True, slots=True)
class Message:
    """An event as head office has it."""

    sequence: int
    body: bytes
    headers: dict[str, str]


@asynccontextmanager
async def publishing(
    data: Path, url: str, credentials: Path | None = None, machine: str = MACHINE, **sync: Any
) -> AsyncIterator[Services]:
    """A whole store, without HTTP, that publishes to this address."""
    settings = load(
        data_dir=data,
        machine_id=machine,
        scrub=ScrubSettings(enabled=False),
        sync=SyncSettings(url=url, credentials=credentials, **sync),
    )
    async with opened(settings) as services:
        yield services


def at(office: HeadOffice, data: Path, machine: str = MACHINE, url: str = "") -> Any:
    """The same at a provisioned head office, as the store it is."""
    return publishing(data, url or office.natsd.url, office.folder.seed(STORE), machine)


async def sell(services: Services, events: int = 3, at_once: int = 200) -> int:
    """Record so many events, in commands of some; the last position."""
    left = events
    while left:
        count = min(left, at_once)
        await services.writer.run(appending(*[received() for _ in range(count)]))
        left -= count
    return services.writer.head.position


def upstream(services: Services) -> Upstream:
    """The store's way up."""
    assert isinstance(services.sync, Upstream)
    return services.sync


async def drained(services: Services, deadline_s: float = 40.0) -> None:
    """Return when head office has acknowledged everything; say why not where it does not."""
    up = upstream(services)

    async def even() -> bool:
        return up.state.compared and up.backlog == 0

    try:
        await settled(even, deadline_s)
    except TimeoutError:
        raise AssertionError(json.dumps(await up.status(), indent=1)) from None


async def until(happened: Callable[[], bool], deadline_s: float = 40.0) -> None:
    """Return when something is true."""

    async def now() -> bool:
        return happened()

    await settled(now, deadline_s)


async def stream_of(server: Server, incarnation: int = 1) -> tuple[dict[str, Any], list[Message]]:
    """The stream's state, and every message of it."""
    name = subjects.event_stream(STORE, incarnation)
    async with connected(server) as jetstream:
        info = await jetstream.ask(f"STREAM.INFO.{name}")
        state = info["state"]
        found: list[Message] = []
        after = state["first_seq"] - 1
        while after < state["last_seq"]:
            page = await (_page if jetstream.version >= BATCHES_SINCE else _one)(jetstream.client, name, after)
            if not page:
                break
            found += page
            after = page[-1].sequence
        return info, found


async def _one(client: Any, name: str, after: int) -> list[Message]:
    """As many as a server older than 2.11 gives at once."""
    body = json.dumps({"seq": after + 1}).encode()
    message = await client.request(f"$JS.API.DIRECT.GET.{name}", body, timeout=30)
    headers = message.headers or {}
    return [] if "Status" in headers else [Message(int(headers["Nats-Sequence"]), message.data, headers)]


async def _page(client: Any, name: str, after: int) -> list[Message]:
    inbox = client.new_inbox()
    waiting = await client.subscribe(inbox)
    body = json.dumps({"seq": after + 1, "batch": 1000, "max_bytes": 4 << 20}).encode()
    await client.publish(f"$JS.API.DIRECT.GET.{name}", body, reply=inbox)
    found: list[Message] = []
    while True:
        message = await waiting.next_msg(timeout=30)
        headers = message.headers or {}
        if "Status" in headers:
            await waiting.unsubscribe()
            return found
        found.append(Message(int(headers["Nats-Sequence"]), message.data, headers))


def log_of(data: Path) -> list[tuple[int, bytes, bytes]]:
    """Position, record and hash of every event in the file."""
    db = sqlite3.connect(f"file:{data / 'store.db'}?mode=ro", uri=True)
    try:
        return db.execute("SELECT position, CAST(record AS BLOB), hash FROM events ORDER BY position").fetchall()
    finally:
        db.close()


def findings_of(data: Path) -> list[str]:
    """The kinds of what was found wrong."""
    db = sqlite3.connect(f"file:{data / 'store.db'}?mode=ro", uri=True)
    try:
        return [kind for (kind,) in db.execute("SELECT kind FROM findings ORDER BY id")]
    finally:
        db.close()


async def assert_equal(server: Server, data: Path, life: Life | None = None) -> int:
    """Head office's stream of a life is the log from the life's base on, sequence by sequence; its length."""
    life = life or Life(STORE)
    info, messages = await stream_of(server, life.incarnation)
    state, log = info["state"], [each for each in log_of(data) if each[0] > life.base]
    assert [each.sequence for each in messages] == [position for position, _, _ in log]
    assert (state["messages"], state.get("num_deleted", 0)) == (len(log), 0)
    assert info["config"].get("first_seq", 1) == life.base + 1
    for message, (position, record, digest) in zip(messages, log, strict=True):
        assert message.body == record, f"event {position} differs"
        assert message.headers[subjects.CE_CHAIN_HASH] == digest.hex()
        assert message.headers[subjects.CE_POSITION] == str(position)
    if life.base == 0:
        _assert_chained(messages)
    return len(log)


def _assert_chained(messages: list[Message]) -> None:
    """As a verifier does that has nothing but the messages."""
    previous = GENESIS
    for message in messages:
        previous = link(previous, message.body)
        assert message.headers[subjects.CE_CHAIN_HASH] == previous.hex()


def trouble_of(services: Services) -> str:
    """What keeps events from head office, in words; empty where nothing does."""
    trouble = upstream(services).state.trouble
    return f"{trouble.title}: {trouble.detail}" if trouble else ""


Work = Callable[[], Awaitable[None]]


async def selling_on(services: Services, work: Work, pause_s: float = 0.002) -> int:
    """Keep selling while something happens; how many commands were acknowledged meanwhile."""
    task = asyncio.ensure_future(work())
    sold = 0
    while not task.done():
        await services.writer.run(appending())
        sold += 1
        await asyncio.sleep(pause_s)
    await task
    return sold
