"""Whatever happens to either side: what was acknowledged to a till is at head office once, and selling went on."""

import asyncio
import logging
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.hq.resources import Life
from appliance.sync import headquarters
from tests.support.head_office import HeadOffice, head_office
from tests.support.syncing import (
    STORE,
    assert_equal,
    at,
    drained,
    findings_of,
    log_of,
    sell,
    stream_of,
    trouble_of,
    until,
    upstream,
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE) as found:
        yield found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


async def sold(office: HeadOffice, data: Path, events: int) -> None:
    async with at(office, data) as services:
        await sell(services, events)
        await drained(services)


def backup_of(data: Path, target: Path) -> Path:
    """As `VACUUM INTO` makes one."""
    db = sqlite3.connect(data / "store.db")
    db.execute("VACUUM INTO ?", (str(target),))
    db.close()
    return target


def put_back(backup: Path, data: Path) -> None:
    for name in ("store.db", "store.db-wal", "store.db-shm"):
        (data / name).unlink(missing_ok=True)
    shutil.copyfile(backup, data / "store.db")


def rolled_back(data: Path, backup: Path) -> None:
    """Everything as it was, inode, mark and head file included, as a machine's snapshot does it."""
    with (data / "store.db").open("r+b") as out:
        out.truncate(0)
        out.write((backup / "store.db").read_bytes())
    for name in ("store.db-wal", "store.db-shm"):
        (data / name).unlink(missing_ok=True)
    (data / "head").write_bytes((backup / "head").read_bytes())


async def test_head_office_that_lost_its_disk_is_filled_again(office: HeadOffice, data: Path) -> None:
    await sold(office, data, 500)
    office.natsd.stop()
    shutil.rmtree(office.natsd.store)
    office.natsd.start()
    async with at(office, data) as services:
        await until(lambda: upstream(services).state.trouble is not None)
        await sell(services, 20)
        assert "backroom hq provision" in trouble_of(services)
        await asyncio.to_thread(office.provision, office.folder.life(STORE))
        await drained(services)

    assert await assert_equal(office.server, data) == 520
    assert findings_of(data) == ["hq-lost-tail"]


async def test_head_office_restored_from_an_older_copy_gets_the_rest_again(
    office: HeadOffice, data: Path, tmp_path: Path
) -> None:
    await sold(office, data, 300)
    office.natsd.stop()
    shutil.copytree(office.natsd.store, tmp_path / "older")
    office.natsd.start()
    async with at(office, data) as services:
        await sell(services, 300)
        await drained(services)
        office.natsd.stop()
        shutil.rmtree(office.natsd.store)
        shutil.copytree(tmp_path / "older", office.natsd.store)
        office.natsd.start()
        await sell(services, 5)
        await drained(services)

    assert await assert_equal(office.server, data) == 605
    assert findings_of(data) == ["hq-lost-tail"]


async def test_a_restored_store_fetches_its_tail_and_goes_on_in_its_life(
    office: HeadOffice, data: Path, tmp_path: Path
) -> None:
    await sold(office, data, 100)
    backup = backup_of(data, tmp_path / "backup.db")
    await sold(office, data, 1200)
    before = log_of(data)
    put_back(backup, data)

    async with at(office, data) as services:
        assert services.writer.head.incarnation == 1
        assert log_of(data) == before
        await sell(services, 10)
        await drained(services)

    assert await assert_equal(office.server, data) == 1310
    assert findings_of(data) == ["restored-cut"]


async def test_a_store_restored_while_offline_sells_in_a_new_life_and_both_are_kept(
    office: HeadOffice, data: Path, tmp_path: Path
) -> None:
    await sold(office, data, 100)
    backup = backup_of(data, tmp_path / "backup.db")
    await sold(office, data, 50)
    lost = log_of(data)
    put_back(backup, data)
    office.natsd.stop()
    async with at(office, data) as services:
        await sell(services, 30)
    office.natsd.start()

    async with at(office, data) as services:
        await until(lambda: upstream(services).state.trouble is not None)
        await sell(services, 5)
        await asyncio.to_thread(office.provision, Life(STORE, 2, 100))
        await drained(services)

    assert await assert_equal(office.server, data, Life(STORE, 2, 100)) == 36
    _, former = await stream_of(office.server, 1)
    assert [each.body for each in former] == [record for _, record, _ in lost]


async def test_a_tail_is_fetched_one_by_one_from_a_server_that_gives_no_more(
    office: HeadOffice, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(headquarters, "MANY_SINCE", (99, 0, 0))
    await sold(office, data, 10)
    backup = backup_of(data, tmp_path / "backup.db")
    await sold(office, data, 600)
    before = log_of(data)
    put_back(backup, data)

    async with at(office, data):
        assert log_of(data) == before


async def test_a_rolled_back_machine_that_sold_nothing_yet_gets_its_tail_while_it_runs(
    office: HeadOffice, data: Path, tmp_path: Path
) -> None:
    await sold(office, data, 100)
    shutil.copytree(data, tmp_path / "snapshot")
    await sold(office, data, 700)
    before = log_of(data)
    rolled_back(data, tmp_path / "snapshot")

    async with at(office, data) as services:
        await drained(services)
        assert log_of(data) == before
        await sell(services, 10)
        await drained(services)
        assert services.writer.head.incarnation == 1

    assert await assert_equal(office.server, data) == 810
    assert findings_of(data) == ["restored"]


async def test_a_rolled_back_machine_that_sold_on_forks_into_a_new_life_that_tells_all_of_it(
    office: HeadOffice, data: Path, tmp_path: Path
) -> None:
    await sold(office, data, 100)
    shutil.copytree(data, tmp_path / "snapshot")
    await sold(office, data, 300)
    lost = log_of(data)
    rolled_back(data, tmp_path / "snapshot")
    office.natsd.stop()
    async with at(office, data) as services:
        await sell(services, 30)
        office.natsd.start()
        await until(lambda: services.writer.head.incarnation == 2)
        await sell(services, 20)
        await asyncio.to_thread(office.provision, Life(STORE, 2, 100))
        await drained(services)

    assert "incarnation-forked" in findings_of(data)
    assert await assert_equal(office.server, data, Life(STORE, 2, 100)) == 51
    _, former = await stream_of(office.server, 1)
    assert [each.body for each in former] == [record for _, record, _ in lost]


async def test_a_clone_is_refused_and_sells_on(office: HeadOffice, data: Path, tmp_path: Path) -> None:
    await sold(office, data, 100)
    shutil.copytree(data, tmp_path / "clone")

    async with at(office, data) as original, at(office, tmp_path / "clone", machine="machine-b") as clone:
        assert clone.writer.head.incarnation == 2
        await until(lambda: upstream(clone).state.claim == "refused")
        await sell(clone, 20)
        await sell(original, 20)
        await drained(original)

    assert await assert_equal(office.server, data) == 120
    assert "claim-refused" in findings_of(tmp_path / "clone")


async def test_an_empty_box_of_the_same_machine_gets_the_whole_log_back(office: HeadOffice, data: Path) -> None:
    await sold(office, data, 900)
    before = log_of(data)
    shutil.rmtree(data)

    async with at(office, data) as services:
        assert log_of(data) == before
        await sell(services, 3)
        await drained(services)

    assert await assert_equal(office.server, data) == 903


async def test_an_ordinary_stop_is_no_trouble_with_head_office(
    office: HeadOffice, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        await sold(office, data, 5)

    assert [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING] == []
