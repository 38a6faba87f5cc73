"""A real retailer's months go up to head office through kills of its server; both sides are proven equal by the day."""

import asyncio
import contextlib
import itertools
import json
import lzma
from collections.abc import Sequence
from pathlib import Path

import pytest

from appliance.bootstrap import opened
from appliance.config import SyncSettings, load
from appliance.eventstore.store import Paths
from appliance.hq.comparison import Comparison, compare
from appliance.hq.connection import connected
from appliance.hq.consumer import Consumer
from appliance.hq.reporting import ReportingStore
from appliance.hq.store_side import DataDirectory
from tests.faults.support.scale import SCALE, allowed, dice
from tests.support.command_line import Backroom, backroom_in
from tests.support.head_office import HeadOffice
from tests.support.syncing import STORE, drained, until, upstream

pytestmark = [pytest.mark.faults, pytest.mark.promise, pytest.mark.timeout(allowed(300))]

LINES = 1_500  # of each month; at a scale of 9 and more the months are whole
WHOLE_SCALE = 9
KILLS = 3


@pytest.fixture
def backroom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backroom:
    return backroom_in(tmp_path, capsys)


def months(files: Sequence[Path], folder: Path) -> list[Path]:
    """As much of the months as the scale allows."""
    if SCALE >= WHOLE_SCALE:
        return list(files)
    cut = []
    for path in files[:2]:
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            target = folder / path.name.removesuffix(".xz")
            target.write_text("".join(itertools.islice(lines, LINES + 1)), encoding="utf-8")
        cut.append(target)
    return cut


async def sent(office: HeadOffice, backroom: Backroom) -> None:
    """Drain all of it, with the server killed on the way."""
    draws = dice("months")
    sync = SyncSettings(url=office.natsd.url, credentials=office.folder.seed(STORE))
    async with opened(load(backroom.config, data_dir=backroom.data, sync=sync)) as services:
        whole = services.writer.head.position
        for share in sorted(draws.uniform(0.05, 0.95) for _ in range(KILLS)):
            await until(lambda share=share: upstream(services).state.acknowledged > share * whole, 600)  # type: ignore[misc]
            await asyncio.to_thread(office.natsd.kill)
            await asyncio.to_thread(office.natsd.start)
        await drained(services, 600)


async def proven(office: HeadOffice, data: Path, folder: Path) -> tuple[Comparison, int]:
    """Both logs held against each other, and what the reference consumer counts."""
    async with connected(office.server) as jetstream:
        found = await compare(jetstream, STORE, DataDirectory(Paths(data).database))
        with contextlib.closing(ReportingStore(folder / "reports.db")) as reports:
            counted = await Consumer(jetstream, reports).catch_up()
            days = reports.days(STORE)
    kinds = {"sales": 1, "refunds": -1, "voids": -1}
    total = sum(kinds.get(section, 0) * row[1] for (_, section, _), row in days.items())
    assert counted == found.until
    assert total == sum(amount for _, amount in found.days.values())
    return found, total


def test_a_real_retailers_months_are_drained_and_compared(
    office: HeadOffice, backroom: Backroom, retail_csv: list[Path], tmp_path: Path
) -> None:
    imported = backroom.answer("import", "sales", *months(retail_csv, tmp_path))
    asyncio.run(sent(office, backroom))
    found, total = asyncio.run(proven(office, backroom.data, tmp_path))

    assert (found.problems, found.behind) == ([], 0)
    assert found.own_days == found.days
    assert total == imported["store_total"]
    print(
        "months:",
        json.dumps({"events": found.until, "days": len(found.days), "total": total, "rows": imported["rows_read"]}),
    )
