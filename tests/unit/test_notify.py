"""What systemd is told, by a socket that stands in for it as sd_notify(3) says."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.notify import STUCK_SECONDS, Notifier, written
from tests.support.polling import settled, wait_until


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


class Times:
    """A clock that an hour of steps takes no time on: each look at it is so much later."""

    def __init__(self, step_s: float) -> None:
        self.now = 0.0
        self._step_s = step_s

    def __call__(self) -> float:
        self.now += self._step_s
        return self.now


MORE_TIME = "EXTEND_TIMEOUT_USEC=30000000\nSTATUS=Starting"


async def last_told(manager: Manager, beginning: str) -> list[str]:
    """All that was told until something that begins like this."""
    found: list[str] = []

    async def there() -> bool:
        found.extend(manager.told())
        return any(each.startswith(beginning) for each in found)

    await settled(there, 30)
    return found


async def test_a_start_that_takes_its_time_says_so(manager: Manager) -> None:
    async with Notifier(str(manager.path)).starting(lambda: 0):
        assert await last_told(manager, "EXTEND") == [MORE_TIME]


async def test_a_start_without_progress_is_given_no_more_time_after_ten_minutes(manager: Manager) -> None:
    times = Times(STUCK_SECONDS / 4)

    async with Notifier(str(manager.path), timer=times, extend_every_s=0).starting(lambda: 0):
        found = await last_told(manager, "STATUS=Starting, without any progress for 600 s")

    assert found[:-1] == [MORE_TIME] * 3
    assert times.now == 5 * STUCK_SECONDS / 4


async def test_a_start_that_makes_progress_is_given_time_for_as_long_as_it_takes(manager: Manager) -> None:
    times = Times(STUCK_SECONDS / 4)
    positions: Iterator[int] = iter([*range(50), *[50] * 50])

    def progress() -> int:
        manager.told()  # the socket holds a few messages only
        return next(positions)

    async with Notifier(str(manager.path), timer=times, extend_every_s=0).starting(progress):
        await last_told(manager, "STATUS=Starting, without")

    assert times.now > 50 * STUCK_SECONDS / 4
    assert next(positions) == 50


def test_whatever_is_written_into_the_data_directory_is_progress(tmp_path: Path) -> None:
    progress = written(tmp_path)
    seen = [progress()]
    for name, text in (("store.db", "a"), ("store.db-wal", "a"), ("store.db-wal", "ab"), ("backups/before.db", "a")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
        seen.append(progress())

    assert len(set(seen)) == 5
    assert progress() == seen[-1]
    assert written(tmp_path / "none")() == written(tmp_path / "none")()
