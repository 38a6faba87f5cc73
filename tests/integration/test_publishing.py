"""The log goes up: head office's stream becomes it, sequence by sequence, and stays it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.head_office import HeadOffice, head_office
from tests.support.syncing import STORE, assert_equal, at, drained, sell, stream_of, upstream


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE) as found:
        yield found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


async def test_what_is_recorded_stands_at_head_office_byte_for_byte(office: HeadOffice, data: Path) -> None:
    async with at(office, data) as services:
        for events in (1, 3, 40, 2500):
            await sell(services, events)
            await drained(services)

    assert await assert_equal(office.server, data) == 2544


async def test_a_backlog_drains_in_batches_and_a_restart_goes_on(office: HeadOffice, data: Path) -> None:
    office.natsd.stop()
    async with at(office, data) as services:
        await sell(services, 3000)
        assert upstream(services).backlog == 3000
    office.natsd.start()

    async with at(office, data) as services:
        await drained(services)
        await sell(services, 7)
        await drained(services)
        assert upstream(services).state.batches

    assert await assert_equal(office.server, data) == 3007
    _, messages = await stream_of(office.server)
    assert sum("Nats-Batch-Id" in each.headers for each in messages) > 2000
