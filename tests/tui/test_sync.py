"""The room Sync on a store with a real head office: paused, filled up, resumed, compared."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.config import SyncSettings
from tests.support.api import sale, serving, stocked
from tests.support.consoles import console
from tests.support.head_office import HeadOffice, head_office
from tests.support.syncing import MACHINE, STORE


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE) as found:
        yield found


async def test_sending_is_paused_resumed_and_both_sides_compared(tmp_path: Path, office: HeadOffice) -> None:
    sync = SyncSettings(url=office.natsd.url, credentials=office.folder.seed(STORE))
    async with serving(tmp_path / "data", machine_id=MACHINE, sync=sync) as opened:
        shop = await stocked(opened)
        async with console(shop, size=(100, 40)) as at:
            await at.go("sync")
            await at.shows("Pause")
            await at.press("ctrl+t")
            await at.shows("! Sending is paused", "Resume")
            for _ in range(3):
                await shop.post("/sales", sale())
            await at.press("ctrl+r")
            await at.shows("events wait", "Events that wait, of late", "█")
            await at.press("ctrl+t")
            await at.shows("Sending goes on.", "Pause")
            await at.press("ctrl+e")
            await at.shows("+ Both sides are equal")
