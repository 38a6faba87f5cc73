"""Settings behind the room System: every one with where it comes from, filtered, marked, and how it is changed."""

import pytest

from appliance.config import Settings
from appliance.domain.policies import Said
from appliance.settings_reach import keys
from tests.support.api import Shop
from tests.support.consoles import EMPTY, SHOWN, Terminal, console
from tui.screens.settings import LONGEST, SettingsInForce

SIZES = [(60, 20), (80, 24), (200, 60)]
SINCE = "2026-11-30T06:00:00.000000Z"


def told(shop: Shop, *said: Said) -> None:
    """As if head office had set it."""
    assert shop.services.reloader is not None
    shop.services.settings.told = {each.key: each for each in said}


def listed(at: Terminal) -> list[str]:
    assert isinstance(at.room, SettingsInForce)
    return at.room.table.keys


@pytest.mark.parametrize("size", SIZES)
async def test_every_setting_can_be_read_on_every_terminal(shop: Shop, size: tuple[int, int]) -> None:
    told(shop, Said("common", "access.session_hours", 3, SINCE))
    async with console(shop, size=size) as at:
        await at.go("system")
        await at.press("s")
        text = await at.shows("Settings", "* 1 by head office", "data_dir", "/ Search")
        assert max(len(line) for line in text.splitlines()) <= size[0]
        assert ("From" in text, "Takes effect" in text) == (size[0] >= 80, size[0] >= 200)

        await at.press("slash")
        await at.type("session_hours")
        await at.press("enter")
        text = await at.shows("found for: session_hours", "* access.session_hours", "3")
        await at.hides("data_dir")
        await at.press("enter")
        one = await at.shows("access.session_hours", "head office for all stores", "The box itself says: 12")

        assert max(len(line) for line in one.splitlines()) <= size[0]


async def test_a_filter_finds_what_head_office_set_and_escape_shows_all_again(shop: Shop) -> None:
    told(shop, Said("store", "limits.connections", 300, SINCE), Said("common", "sales.max_lines", 20, SINCE))
    async with console(shop) as at:
        await at.go("system")
        await at.press("s", "slash")
        await at.type("head office")
        await at.press("enter")
        await at.shows("* limits.connections", "* sales.max_lines")
        await at.hides("data_dir")
        await at.press("escape")
        await at.until(lambda: "data_dir" in listed(at))
        await at.press("slash")
        await at.type("nothing like it")
        await at.press("enter")
        await at.shows("No setting is found. Press Escape for all.")

        assert at.room.state == EMPTY


async def test_a_setting_says_how_it_is_changed_and_what_waits_for_a_new_start(shop: Shop) -> None:
    settings = shop.services.settings
    sagas = settings.own.sagas.model_copy(update={"threads": 9})
    settings.own = settings.own.model_copy(update={"sagas": sagas})
    async with console(shop) as at:
        await at.go("system")
        await at.press("s")
        await at.shows("! 1 wait for the next start")
        await at.press("slash")
        await at.type("sagas.threads")
        await at.press("enter")
        await at.shows("! sagas.threads", "default")
        await at.press("enter")
        await at.shows("! From the next start on: 9", "head office cannot set it", "systemctl restart backroom")

        assert at.room.state == SHOWN


async def test_settings_are_said_in_chinese(shop: Shop) -> None:
    async with console(shop, locale="zh_CN") as at:
        await at.go("system")
        await at.press("s")

        await at.shows("设置项", "来源", "默认")


def test_no_setting_has_a_name_that_is_cut() -> None:
    assert max(len(each) for each in keys(Settings)) + len("* ") == LONGEST


async def test_who_may_not_read_settings_is_offered_no_key(shop: Shop) -> None:
    async with console(shop, role="hq") as at:
        await at.go("system")
        text = await at.shows("Health", "q Back")
        await at.press("s")

        assert "Settings" not in text
        assert at.room.TITLE_TEXT == "System"
