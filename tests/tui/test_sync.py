"""The room Sync on a store with a real head office: paused, filled up, resumed, compared."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from appliance.config import SyncSettings
from tests.support.api import sale, serving, stocked
from tests.support.consoles import console
from tests.support.head_office import HeadOffice, head_office
from tests.support.syncing import MACHINE, STORE
from tui.bad_day import SYNC


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE) as found:
        yield found


def shape(told: Mapping[str, Any]) -> dict[str, Any]:
    """What is told, without what is told of it: what may be nothing has no shape."""
    return {name: shape(value) if name == "down" else None for name, value in told.items()}


async def test_sending_is_paused_resumed_and_both_sides_compared(tmp_path: Path, office: HeadOffice) -> None:
    sync = SyncSettings(url=office.natsd.url, credentials=office.folder.seed(STORE))
    async with serving(tmp_path / "data", machine_id=MACHINE, sync=sync) as opened:
        shop = await stocked(opened)
        async with console(shop, size=(100, 40)) as at:
            await at.go("sync")
            await at.shows("Pause")
            assert shape((await shop.get("/sync")).json()) == shape(SYNC)
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


async def test_a_copied_box_says_what_its_new_life_means_and_what_to_do(tmp_path: Path, office: HeadOffice) -> None:
    sync = SyncSettings(url=office.natsd.url, credentials=office.folder.seed(STORE))
    async with serving(tmp_path / "box", machine_id=MACHINE, sync=sync) as first:
        await stocked(first)
    shutil.copytree(tmp_path / "box", tmp_path / "copy")
    async with serving(tmp_path / "copy", machine_id=MACHINE, sync=sync) as shop:
        shop.tokens = first.tokens
        async with console(shop, size=(100, 40)) as at:
            await at.go("sync")

            await at.shows("This is life 2", "Two boxes of one store must not both sell", "backroom hq provision")
