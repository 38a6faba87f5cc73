"""The store is killed -9 at random moments while it sells and publishes: head office has every event once, in order."""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.support.appliances import Nursery
from tests.faults.support.scale import SEED, allowed, dice, scaled
from tests.faults.support.selling import moment, new_store
from tests.support.head_office import HeadOffice
from tests.support.polling import settled
from tests.support.syncing import STORE, assert_equal, stream_of
from tests.support.syncing import log_of as whole_log

pytestmark = [pytest.mark.faults, pytest.mark.promise, pytest.mark.timeout(allowed(300))]

KILLS = 8  # 20 at a scale of 2.5


@pytest.fixture
def publishing_nursery(office: HeadOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nursery]:
    """Starts whole appliances that publish."""
    monkeypatch.setenv("BACKROOM__SYNC__URL", office.natsd.url)
    monkeypatch.setenv("BACKROOM__SYNC__CREDENTIALS", str(office.folder.seed(STORE)))
    with Nursery(tmp_path / "said") as found:
        yield found


async def everything_is_there(office: HeadOffice, data: Path) -> None:
    """Wait until head office has the whole log."""

    async def even() -> bool:
        info, _ = await stream_of(office.server)
        return bool(info["state"]["last_seq"] == len(whole_log(data)))

    await settled(even, 30)


def test_the_publisher_killed_again_and_again(office: HeadOffice, publishing_nursery: Nursery, place: Path) -> None:
    draws = dice("publisher")
    with new_store(publishing_nursery, place) as store:
        for _ in range(scaled(KILLS)):
            store.sell_and_kill(moment(draws))
        store.settle()
        appliance = store.started()
        asyncio.run(everything_is_there(office, store.data))
        appliance.signal(signal.SIGTERM)
        assert appliance.ended() == 0
        store.check()

        events = asyncio.run(assert_equal(office.server, store.data))
        acked = len(store.ledger.acked)
        print(f"publisher: {scaled(KILLS)} kills, {acked} sales, {events} events once and in order, seed {SEED}")
        assert events >= acked > 0
