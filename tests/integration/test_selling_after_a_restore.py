"""Restored, offline, selling, healed, all of it over HTTP: every sale a till was told of is at head office once."""

import asyncio
import contextlib
import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from appliance.config import ScrubSettings, SyncSettings
from appliance.hq.connection import connected
from appliance.hq.consumer import Consumer
from appliance.hq.reporting import ReportingStore
from appliance.hq.resources import Life
from tests.support.api import Shop, sale, serving, stocked
from tests.support.head_office import HeadOffice, head_office
from tests.support.rolling_back import rolled_back, snapshot_of
from tests.support.syncing import MACHINE, STORE, drained, stream_of, until, upstream

BEFORE, LOST, OFFLINE, AFTER = 4, 3, 5, 2


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE) as found:
        yield found


class Till:
    """One store over its restarts, and every sale that it acknowledged."""

    def __init__(self, office: HeadOffice, data: Path) -> None:
        self.data = data
        self.acknowledged: list[str] = []
        self._sync = SyncSettings(url=office.natsd.url, credentials=office.folder.seed(STORE))
        self._tokens: dict[str, str] = {}

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Shop]:
        more: dict[str, Any] = {"machine_id": MACHINE, "scrub": ScrubSettings(enabled=False), "sync": self._sync}
        async with serving(self.data, **more) as shop:
            shop.tokens = self._tokens
            yield shop

    async def sell(self, shop: Shop, count: int) -> None:
        for _ in range(count):
            answer = await shop.post("/sales", sale())
            assert answer.status_code == 201, answer.text
            self.acknowledged.append(answer.json()["sale_id"])


def backup_of(data: Path) -> None:
    """As `backroom backup` makes one: the database alone."""
    with contextlib.closing(sqlite3.connect(data / "store.db")) as db:
        db.execute("VACUUM INTO ?", (str(data.with_name("backup.db")),))


def put_back(data: Path) -> None:
    for name in ("store.db", "store.db-wal", "store.db-shm"):
        (data / name).unlink(missing_ok=True)
    shutil.copyfile(data.with_name("backup.db"), data / "store.db")


@pytest.mark.parametrize(
    ("save", "restore"), [(backup_of, put_back), (snapshot_of, rolled_back)], ids=["backup", "machine's snapshot"]
)
async def test_every_acknowledged_sale_ends_at_head_office_once(
    office: HeadOffice, tmp_path: Path, save: Callable[[Path], object], restore: Callable[[Path], None]
) -> None:
    till = Till(office, tmp_path / "data")
    async with till.open() as shop:
        await stocked(shop)
        await till.sell(shop, BEFORE)
        await drained(shop.services)
        base = shop.position
    save(till.data)
    async with till.open() as shop:
        await till.sell(shop, LOST)
        await drained(shop.services)
    restore(till.data)
    office.natsd.stop()
    async with till.open() as shop:
        await till.sell(shop, OFFLINE)
    office.natsd.start()
    async with till.open() as shop:
        await until(lambda: "--incarnation 2" in _trouble(shop))
        await till.sell(shop, AFTER)
        await asyncio.to_thread(office.provision, Life(STORE, 2, base))
        await drained(shop.services)
        former = await counted(office, till, shop, tmp_path)

    assert await at_head_office(office, former) == Counter(till.acknowledged)


async def counted(office: HeadOffice, till: Till, shop: Shop, folder: Path) -> list[bytes]:
    """The reference consumer counts each once, and nothing again when the former life's stream is lost at last.

    Answers what that stream held.
    """
    with contextlib.closing(ReportingStore(folder / "reports.db")) as reports:
        async with connected(office.server) as jetstream:
            await Consumer(jetstream, reports).catch_up()
            assert sales_in(reports) == len(till.acknowledged)
            kept = [message.body for message in (await stream_of(office.server, 1))[1]]
            await jetstream.ask(f"STREAM.DELETE.STORE_{STORE}_1")
            assert await Consumer(jetstream, reports).catch_up() == 0
            await till.sell(shop, 1)
            await drained(shop.services)
            assert await Consumer(jetstream, reports).catch_up() == 1
            assert sales_in(reports) == len(till.acknowledged)
    return kept


def sales_in(reports: ReportingStore) -> int:
    return sum(count for (_, section, _), (count, _, _) in reports.days(STORE).items() if section == "sales")


async def at_head_office(office: HeadOffice, former: list[bytes]) -> Counter[str]:
    """How often each sale stands there, over both lives."""
    _, present = await stream_of(office.server, 2)
    records = [json.loads(each) for each in (*former, *(message.body for message in present))]
    return Counter(each["data"]["sale_id"] for each in records if each["type"] == "sale.completed")


def _trouble(shop: Shop) -> str:
    found = upstream(shop.services).state.trouble
    return found.detail if found else ""
