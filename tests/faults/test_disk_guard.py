"""A real small disk that runs short: the guard gives back what can be made again, and never a byte of the log."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.api.app import create_app
from appliance.api.services import Services
from appliance.backups.guard import DiskGuard, free_at
from appliance.backups.job import Backups
from appliance.backups.settings import BackupSettings
from appliance.bootstrap import opened
from appliance.config import ScrubSettings, load
from appliance.maintenance import Maintenance
from tests.faults.support.scale import allowed
from tests.faults.support.small_disk import small_disk
from tests.support.api import Shop, sale, stocked
from tests.support.polling import settled

pytestmark = [pytest.mark.faults, pytest.mark.timeout(allowed(300))]

DISK_BYTES = 96 << 20
SALES = 60
SHADOW_ROWS = 20_000
LEFT_BEHIND = ("stock__shadow", "products__old")


@pytest.fixture
def disk(place: Path) -> Iterator[Path]:
    """A small disk to put a data directory on."""
    with small_disk(place, DISK_BYTES) as folder:
        yield folder


def tables(data: Path) -> set[str]:
    with sqlite3.connect(f"file:{data / 'store.db'}?mode=ro", uri=True) as db:
        return {name for (name,) in db.execute("SELECT name FROM sqlite_schema")}


def log_of(data: Path) -> list[tuple[int, bytes]]:
    with sqlite3.connect(f"file:{data / 'store.db'}?mode=ro", uri=True) as db:
        return db.execute("SELECT position, hash FROM events ORDER BY position").fetchall()


async def broken_off(services: Services) -> None:
    """Leave behind what a rebuild leaves that was never ended: a shadow, and tables that were swapped out."""
    for table in LEFT_BEHIND:
        rows = [(number, "x" * 100) for number in range(SHADOW_ROWS)]

        def fill(uow: object, table: str = table, rows: list[tuple[int, str]] = rows) -> None:
            db = uow._group.db  # type: ignore[attr-defined]
            db.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, filler TEXT)")
            db.executemany(f"INSERT INTO {table} VALUES (?,?)", rows)

        await services.writer.run(fill)


async def backed_up(shop: Shop) -> None:
    assert (await shop.post("/backups")).status_code == 202

    async def done() -> bool:
        return bool((await shop.get("/backups/current")).json()["status"] == "done")

    await settled(done, 60)


async def test_a_disk_that_runs_short_gets_back_backups_write_ahead_log_and_leftover_tables(disk: Path) -> None:
    data = disk / "data"
    settings = load(data_dir=data, scrub=ScrubSettings(enabled=False), backup=BackupSettings(keep=7))
    async with opened(settings) as services:
        # Given backups, a large write-ahead log and what a broken-off rebuild has left behind
        shop = await stocked(Shop(services, create_app(services)))
        for _ in range(3):
            await backed_up(shop)
        await broken_off(services)
        for _ in range(SALES):
            assert (await shop.post("/sales", sale(), role="cashier")).status_code == 201
        before, log = free_at(disk)(), log_of(data)
        assert (data / "store.db-wal").stat().st_size > 1 << 20
        assert set(LEFT_BEHIND) <= tables(data)

        # When the disk has less than what is to be kept
        backups, maintenance = services.backups, services.maintenance
        assert isinstance(backups, Backups)
        assert isinstance(maintenance, Maintenance)
        free = free_at(disk)
        guard = DiskGuard(
            free, backups.make_room, backups.expire_keys, maintenance.give_back, maintenance.note, kept=DISK_BYTES
        )
        gone = await guard.tidy()

        # Then all that can be made again is given back
        async def given_back() -> bool:
            wal = (data / "store.db-wal").stat().st_size
            return wal == 0 and not set(LEFT_BEHIND) & tables(data)

        await settled(given_back, 60)
        kept = (await shop.get("/backups")).json()["items"]
        assert (len(gone), len(kept)) == (2, 1)
        assert free() > before

        # and the log is what it was, and grows
        assert log_of(data)[: len(log)] == log
        assert (await shop.post("/sales", sale(), role="cashier")).status_code == 201
        assert "room-made" in {each["kind"] for each in (await shop.get("/problems")).json()["items"]}
