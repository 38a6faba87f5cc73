"""What systemd is told, by a socket that stands in for it as sd_notify(3) says."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.notify import Notifier
from tests.support.polling import wait_until


class Manager:
    """The service manager's end of the socket."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)
        self.path = path

    def told(self) -> list[str]:
        """Every message so far."""
        found = []
        while True:
            try:
                found.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return found

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(tmp_path / "notify")
    yield manager
    manager.close()


def test_readiness_is_told_in_one_message_with_a_status_of_one_line(manager: Manager) -> None:
    Notifier(str(manager.path)).tell(READY="1", STATUS="Selling\non 8080")

    assert manager.told() == ["READY=1\nSTATUS=Selling on 8080"]


def test_without_a_service_manager_nothing_is_said_and_nothing_breaks() -> None:
    Notifier.of({}).tell(READY="1")


def test_a_service_manager_that_has_gone_is_no_matter(tmp_path: Path) -> None:
    Notifier(str(tmp_path / "gone")).tell(READY="1")


@pytest.mark.parametrize(("said", "period"), [("30000000", 30.0), ("", None), ("soon", None)])
def test_the_watchdogs_period_comes_from_the_environment(said: str, period: float | None) -> None:
    assert Notifier.of({"WATCHDOG_USEC": said}).watchdog_s == period


async def test_the_watchdog_is_fed_only_after_the_writer_has_come_back(manager: Manager) -> None:
    beats = asyncio.Queue[None]()

    async with Notifier(str(manager.path), watchdog_s=0.003).watched(beats.get):
        await asyncio.sleep(0)
        assert manager.told() == []
        beats.put_nowait(None)
        found = await asyncio.to_thread(wait_until, manager.told)

    assert found == ["WATCHDOG=1"]


async def test_a_writer_that_failed_is_not_vouched_for(manager: Manager) -> None:
    async def broken() -> None:
        raise OSError

    async with Notifier(str(manager.path), watchdog_s=0.003).watched(broken):
        await asyncio.sleep(0)

    assert manager.told() == []


async def test_a_start_that_takes_its_time_says_so(manager: Manager) -> None:
    async with Notifier(str(manager.path)).starting():
        await asyncio.sleep(0)

    assert manager.told() == ["EXTEND_TIMEOUT_USEC=30000000\nSTATUS=Starting"]
