"""A restore from head office is killed -9 in the middle, again and again: what comes of it in the end is the store."""

import asyncio
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from appliance.eventstore.store import Paths
from appliance.verification import verify_at_rest
from tests.faults.support.scale import allowed, scaled
from tests.integration.test_fetching_the_past import released, sold
from tests.support.boxes import Box
from tests.support.head_office import HeadOffice, head_office
from tests.support.polling import wait_until
from tests.support.syncing import STORE, log_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(allowed(300))]

EVENTS, KILLS = 8_000, 3


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE) as found:
        yield found


def fetched(data: Path) -> int:
    """How many events are there so far."""
    database = Paths(Paths(data).incoming).database
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        count: int = db.execute("SELECT count(*) FROM events").fetchone()[0]
        return count
    return 0


def killed_after_some_more(box: Box) -> bool:
    """Whether it was still at work when it was killed."""
    before = fetched(box.data)
    with subprocess.Popen(box.command("backup", "restore", "--from-hq"), stderr=subprocess.DEVNULL) as process:
        wait_until(lambda: process.poll() is not None or fetched(box.data) > before, 60)
        process.send_signal(signal.SIGKILL)
    return process.returncode == -signal.SIGKILL


@pytest.mark.promise
def test_a_restore_killed_again_and_again_is_whole_in_the_end(office: HeadOffice, tmp_path: Path) -> None:
    asyncio.run(sold(office, tmp_path / "old", EVENTS))
    asyncio.run(released(office))
    box, killed = Box(tmp_path / "new", office), 0
    for _ in range(scaled(KILLS)):
        killed += killed_after_some_more(box)
        if Paths(box.data).database.exists():
            break
        assert box.says("run", "--port", "0").returncode == 1  # half a store is none

    if not Paths(box.data).database.exists():
        box.answers("backup", "restore", "--from-hq")

    assert killed
    assert log_of(box.data)[:EVENTS] == log_of(tmp_path / "old")
    assert len(log_of(box.data)) == EVENTS + 1
    assert verify_at_rest(Paths(box.data), lambda _: None, lambda _: None) == []
    assert "holds a store already" in box.says("backup", "restore", "--from-hq").stderr
