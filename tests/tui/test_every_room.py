"""Every room, for every role that has it, in every state: empty, full, loading, refused, away and back again.

The store has a real retailer's nine months behind it.
"""

from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.support.api import Shop, serving
from tests.support.consoles import EMPTY, ERROR, LOADING, SHOWN, console, listening
from tests.support.lived_in import Facts
from tests.support.looking import AWAY, back_again, held_back, refused, whole
from tui.rights import ROLES
from tui.rooms import open_to
from tui.screens.listing import Listing
from tui.widgets.table import MOST_ROWS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
FEWEST_WORDS = 3
NOTHING_TO_READ = "sale"  # a till asks for nothing but an answer
SAYS_NOTHING = "sync"  # what it says instead of a list is said anew with the notice
NO_SUCH_TILL = "drawer"  # the till that the console was started for is not there yet, and it says so
# What stands in a room of a store that has traded, beside its head and its keys.
TRADED = {
    "today": "Open orders", "sale": "Scan the first product", "orders": "awaiting_pick", "pick": "awaiting_pick",
    "stock": "page 1", "drawer": "till-1", "problems": "Orders need a decision", "sagas": "! stuck",
    "dead-letters": "no paper", "sync": "No head office is set", "events": "order.reserved",
    "devices": "* may speak", "people": "Nobody signs on here yet", "system": "Health",
}  # fmt: skip


async def listed(shop: Shop, path: str, key: str) -> list[str]:
    """All of a list, as the store tells it."""
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        part = (await shop.get(f"{path}?limit=500{cursor and f'&cursor={cursor}'}")).json()
        found += [str(each[key]) for each in part["items"]]
        cursor = part["next_cursor"]
    return found


@pytest.mark.parametrize("role", ROLES)
async def test_a_store_that_has_traded_is_read_and_shown_to_every_role(traded: tuple[Shop, Facts], role: str) -> None:
    async with held_back(traded[0], role) as (at, line):
        for each in open_to(role):
            if each.name != NOTHING_TO_READ:
                line.go.clear()
                at.console.action_go(each.name)
                await at.shows("Reading ...")
                assert at.room.state == LOADING
            line.go.set()
            room = await at.go(each.name)
            await at.shows(TRADED[each.name])

            assert room.state in (SHOWN, EMPTY), each.name
            await whole(at, each.name)


@pytest.mark.parametrize("role", ROLES)
async def test_a_store_that_has_nothing_says_in_every_room_what_will_stand_there(tmp_path: Path, role: str) -> None:
    async with serving(tmp_path) as bare, console(bare, role=role) as at:
        for each in open_to(role):
            room = await at.go(each.name)
            text = await whole(at, each.name)

            assert room.state == ERROR if each.name == NO_SUCH_TILL else room.state in (SHOWN, EMPTY), each.name
            assert len("".join(text.splitlines()[1:-1]).split()) >= FEWEST_WORDS, (each.name, text)


@pytest.mark.parametrize("role", ROLES)
async def test_every_room_keeps_what_it_shows_while_the_store_is_away_and_says_no_to_who_is_shut_out(
    traded: tuple[Shop, Facts], role: str
) -> None:
    shop, _ = traded
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(AsyncExitStack())
        url = await line.enter_async_context(listening(shop))
        at = await stack.enter_async_context(console(shop, role=role, url=url))
        for each in open_to(role):
            await at.go(each.name)
            await at.shows(TRADED[each.name])
        await line.aclose()
        for each in open_to(role):
            at.console.action_go(each.name)
            text = await at.shows(*AWAY, *(() if each.name == SAYS_NOTHING else (TRADED[each.name],)))

            assert "Reading" not in text, each.name
        await stack.enter_async_context(listening(shop, int(url.rpartition(":")[2])))
        await back_again(at)
        await shop.send("DELETE", f"/devices/device-{role}", role=None, local=True)
        for each in open_to(role):
            await at.go(each.name)
            await refused(at, each.name)
        at.console.exit()


async def test_a_list_longer_than_any_table_is_read_to_its_end_page_by_page(traded: tuple[Shop, Facts]) -> None:
    wanted = await listed(traded[0], "/stock", "product_id")
    assert len(wanted) > MOST_ROWS
    async with console(traded[0]) as at:
        room = await at.go("stock")
        assert isinstance(room, Listing)
        seen = list(room.table.keys)
        while room.check_action("following", ()):
            before = room.table.keys
            await at.press("right_square_bracket")
            await at.until(partial(_turned, room, before))
            assert len(room.table.keys) <= MOST_ROWS
            seen += room.table.keys

        assert seen == wanted


def _turned(room: Listing, before: list[str]) -> bool:
    return room.table.keys != before
