"""Every room, for every role that has it, in every state: empty, full, loading, refused, away and back again."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from appliance.application.outside import Declined
from tests.support.api import Shop, serving, stocked
from tests.support.consoles import EMPTY, ERROR, LOADING, SHOWN, Terminal, console, listening
from tests.support.fulfilling import order, prepared, until
from tests.support.held import Held
from tests.support.providers import Providers
from tests.support.retail import traded
from tui.app import Console
from tui.client import Address, Client
from tui.rights import ROLES
from tui.rooms import open_to
from tui.screens.events import Events
from tui.screens.room import Room
from tui.settings import Settings
from tui.widgets.table import MOST_ROWS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
ROWS = 3_000  # of the first month: some hundred and fifty invoices
FEWEST_WORDS = 3
SAY_NOTHING = {"dead-letters", "sync"}  # what they say instead of a list is said anew with the notice
NO_SUCH_TILL = "drawer"  # the till that the console was started for is not there yet, and it says so
EVERYWHERE = [each.name for each in open_to("manager")]
# What stands in a room of a store that has traded, beside its head and its keys.
TRADED = {
    "today": "Open orders", "sale": "Scan the first product", "orders": "awaiting_pick", "pick": "awaiting_pick",
    "stock": "page 1", "drawer": "till-1", "problems": "Orders need a decision", "sagas": "! stuck",
    "dead-letters": "No message gave up", "sync": "No head office is set", "events": "order.reserved",
    "devices": "* may speak", "people": "Nobody signs on here yet", "system": "Health",
}  # fmt: skip


@pytest.fixture
async def shop(tmp_path: Path, retail_csv: list[Path]) -> AsyncIterator[Shop]:
    """A store that has traded: a slice of the real months, one order that is stuck and one to be picked."""
    world = Providers()
    async with serving(tmp_path / "data", around=world.around) as opened:
        full = await stocked(opened)
        await traded(full, retail_csv[0], ROWS)
        customer = await prepared(full)
        world.plans = {"ship": [Declined("no_route", "no")], "refund": [Declined("account_closed", "No such account.")]}
        await until(full, await order(full, customer), "stuck")
        await until(full, await order(full, customer, kind="pickup"), "awaiting_pick")
        yield full


def _refused(room: Room) -> bool:
    return room.state == ERROR


def _turned(room: Events, before: list[str]) -> bool:
    return room.table.keys != before


def _footed(at: Terminal) -> bool:
    return "Back" in at.text.rpartition("\n")[2]


async def whole(at: Terminal, name: str) -> str:
    """The room as it stands there: where one is above, a way back below, nothing wider than the terminal."""
    await at.until(partial(_footed, at))
    text = at.text
    assert max(len(each) for each in text.splitlines()) <= at.console.size.width, (name, text)
    return text


@pytest.mark.parametrize("role", ROLES)
async def test_a_store_that_has_traded_is_shown_to_every_role(shop: Shop, role: str) -> None:
    async with console(shop, role=role) as at:
        for each in open_to(role):
            room = await at.go(each.name)
            await at.shows(TRADED[each.name])

            assert room.state in (SHOWN, EMPTY), each.name
            assert room.TITLE_TEXT in (await whole(at, each.name)).splitlines()[0]


@pytest.mark.parametrize("role", ROLES)
async def test_a_store_that_has_nothing_says_in_every_room_what_will_stand_there(tmp_path: Path, role: str) -> None:
    async with serving(tmp_path) as bare, console(bare, role=role) as at:
        for each in open_to(role):
            room = await at.go(each.name)
            text = await whole(at, each.name)

            assert room.state == ERROR if each.name == NO_SUCH_TILL else room.state in (SHOWN, EMPTY), each.name
            assert len("".join(text.splitlines()[1:-1]).split()) >= FEWEST_WORDS, (each.name, text)


async def test_every_room_says_that_it_is_reading_and_then_shows(shop: Shop) -> None:
    async with AsyncExitStack() as stack:
        address = Address(url=await stack.enter_async_context(listening(shop)), token=await shop.token("manager"))
        line = Held()
        app = Console(Settings(address=address, register="till-1"), Client(address, line))
        at = Terminal(app, await stack.enter_async_context(app.run_test(size=(80, 24))))
        await at.until(lambda: app.person is not None)
        for name in EVERYWHERE:
            if name != "sale":  # a till has nothing to read
                line.go.clear()
                app.action_go(name)
                await at.shows("Reading ...")
                assert at.room.state == LOADING
            line.go.set()
            await at.go(name)
            await at.shows(TRADED[name])


async def test_a_device_that_was_shut_out_is_told_so_in_every_room(shop: Shop) -> None:
    async with console(shop) as at:
        await shop.send("DELETE", "/devices/device-manager", role="support")
        for name in EVERYWHERE:
            room = await at.go(name)
            await at.until(partial(_refused, room))

            assert "!" in await whole(at, name)
            assert "Ctrl+R reads it again." in at.text


async def test_every_room_keeps_what_it_shows_while_the_store_is_away(shop: Shop) -> None:
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(AsyncExitStack())
        url = await line.enter_async_context(listening(shop))
        at = await stack.enter_async_context(console(shop, url=url))
        for name in EVERYWHERE:
            await at.go(name)
            await at.shows(TRADED[name])
        await line.aclose()
        for name in EVERYWHERE:
            at.console.action_go(name)
            text = await at.shows(
                "! store away", "This is how it was at", *(() if name in SAY_NOTHING else (TRADED[name],))
            )

            assert "Reading" not in text, name
        await stack.enter_async_context(listening(shop, int(url.rpartition(":")[2])))
        await at.until(lambda: "* linked" in at.text and "This is how it was" not in at.text)
        at.console.exit()


async def test_a_list_longer_than_any_table_is_read_to_its_end_page_by_page(shop: Shop) -> None:
    wanted: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        part = (await shop.get(f"/events?limit=500{cursor and f'&cursor={cursor}'}")).json()
        wanted += [str(each["position"]) for each in part["items"]]
        cursor = part["next_cursor"]
    assert len(wanted) > MOST_ROWS
    async with console(shop) as at:
        room = await at.go("events")
        assert isinstance(room, Events)
        seen = list(room.table.keys)
        while room.check_action("following", ()):
            before = room.table.keys
            await at.press("right_square_bracket")
            await at.until(partial(_turned, room, before))
            assert len(room.table.keys) <= MOST_ROWS
            seen += room.table.keys

        assert sorted(seen, key=int) == sorted(wanted, key=int)
