"""A real fork: what was sold before it was noticed is told anew under the next life, with the number it was sold under.

So the stream, and never the record's own number, says which life an event is counted for.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.eventstore import codec
from appliance.hq.comparison import compare
from appliance.hq.connection import connected
from appliance.hq.consumer import Consumer
from appliance.hq.reporting import ReportingStore
from appliance.hq.resources import Life
from appliance.hq.store_side import DataDirectory
from tests.support.head_office import HeadOffice, head_office
from tests.support.rolling_back import rolled_back, snapshot_of
from tests.support.syncing import STORE, at, drained, findings_of, sell, stream_of, until

BASE, LOST, SOLD_ON = 40, 25, 30


async def forked(office: HeadOffice, data: Path) -> Life:
    """A machine rolled back from 65 to 40 sells 30 more before it hears of head office; its new life."""
    async with at(office, data) as services:
        await sell(services, BASE)
        await drained(services)
    snapshot_of(data)
    async with at(office, data) as services:
        await sell(services, LOST)
        await drained(services)
    rolled_back(data)
    office.natsd.stop()
    async with at(office, data) as services:
        await sell(services, SOLD_ON)
        office.natsd.start()
        await until(lambda: services.writer.head.incarnation == 2)
        await asyncio.to_thread(office.provision, Life(STORE, 2, BASE))
        await drained(services)
    return Life(STORE, 2, BASE)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE) as found:
        yield found


async def test_the_consumer_and_the_comparison_go_by_the_stream(office: HeadOffice, tmp_path: Path) -> None:
    with contextlib.closing(ReportingStore(tmp_path / "reporting.db")) as reporting:
        data = tmp_path / "data"
        life = await forked(office, data)
        _, messages = await stream_of(office.server, 2)
        assert {codec.decode(each.body).incarnation for each in messages} == {1, 2}
        assert {each.headers["ce-incarnation"] for each in messages} == {"2"}
        async with connected(office.server) as js:
            await Consumer(js, reporting).catch_up()
            assert await Consumer(js, reporting).catch_up() == 0
            found = await compare(js, STORE, DataDirectory(data / "store.db"))

        assert reporting.alarms(STORE) == []
        ends = [standing.position for each in (Life(STORE), life) if (standing := reporting.standing(each))]
        assert ends == [BASE + LOST, BASE + SOLD_ON + 1]
        assert (found.problems, found.until, found.segments[0].tail) == ([], BASE + SOLD_ON + 1, LOST)
        assert "incarnation-forked" in findings_of(data)
