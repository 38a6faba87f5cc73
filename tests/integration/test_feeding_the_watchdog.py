"""The watchdog is fed by the writer's progress: a store that cannot write is started again, however lively it looks."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.eventstore.store import EventStore
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.notify import Beat, Notifier
from tests.support.polling import settled
from tests.support.stores import Held, opened, rows

PERIOD_SECONDS = 0.03
FED = "WATCHDOG=1"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    with opened(tmp_path / "store") as store:
        yield store


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    """The service manager's end of sd_notify(3)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        yield manager


def told(manager: socket.socket) -> list[str]:
    found = []
    while True:
        try:
            found.append(manager.recv(4096).decode())
        except BlockingIOError:
            return found


def by(store: EventStore) -> Beat:
    async def beat() -> None:
        await store.writer.run(_nothing)

    return beat


def _nothing(uow: UnitOfWork) -> None:
    del uow


async def fed(manager: socket.socket) -> None:
    async def happened() -> bool:
        return FED in told(manager)

    await settled(happened, 30)


async def test_a_writer_at_work_feeds_it_again_and_again(
    store: EventStore, systemd: socket.socket, tmp_path: Path
) -> None:
    async with Notifier(str(tmp_path / "notify"), PERIOD_SECONDS).watched(by(store)):
        await fed(systemd)
        await fed(systemd)


async def test_a_writer_that_hangs_feeds_it_no_more_though_all_else_goes_on(
    store: EventStore, systemd: socket.socket, tmp_path: Path
) -> None:
    async with Notifier(str(tmp_path / "notify"), PERIOD_SECONDS).watched(by(store)):
        await fed(systemd)
        held = await asyncio.to_thread(Held, store.writer)
        await asyncio.sleep(0)
        told(systemd)  # what a beat that had returned before the writer hung was still to say

        # The event loop turns and reads are answered for ten periods, and nothing is said.
        for _ in range(10):
            await asyncio.sleep(PERIOD_SECONDS)
            assert rows(tmp_path / "store", "SELECT count(*) FROM events") == [(0,)]
        silent = told(systemd)

        held.release()
        await fed(systemd)

    assert silent == []


async def test_a_store_that_stops_no_longer_asks_for_it(
    store: EventStore, systemd: socket.socket, tmp_path: Path
) -> None:
    async with Notifier(str(tmp_path / "notify"), PERIOD_SECONDS).watched(by(store)):
        await fed(systemd)
    told(systemd)

    await store.writer.run(_nothing)

    assert told(systemd) == []
