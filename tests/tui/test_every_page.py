"""Every page behind a room: full, loading, refused, away and back, for every role, on every size of terminal.

The store has a real retailer's nine months behind it; what a page shows of nothing is in the tests of its room.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

import pytest

from tests.support.api import Shop
from tests.support.consoles import LOADING, SHOWN, Terminal, console, listening
from tests.support.lived_in import Facts
from tests.support.looking import AWAY, back_again, held_back, refused, whole
from tui.rights import ROLES
from tui.rooms import ROOMS, door
from tui.screens.dead_letters import OneLetter
from tui.screens.events import Correlated, OneEvent
from tui.screens.listing import Listing
from tui.screens.orders import OneOrder
from tui.screens.page import Page
from tui.screens.pick import OnePick
from tui.screens.receipts import OneSale, Receipts
from tui.screens.room import Room
from tui.screens.sagas import OneSaga
from tui.screens.settings import OneSetting, SettingsInForce
from tui.screens.stock import OneStock

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
SIZES = [(60, 20), (200, 60)]  # every role's are 80x24
APART = ["cashier", "manager", "hq"]  # the others have the pages of one of these
Read = Mapping[str, Any]


class Behind(NamedTuple):
    """A page: behind which room it lies, how it is made, what stands on it, and whether it reads what may change."""

    room: str
    make: Callable[[Facts, Read], Room]
    shows: tuple[str, ...]
    reads: bool = True


PAGES: Mapping[type[Room], Behind] = {
    Receipts: Behind("sale", lambda *_: Receipts(), ("page 1", "import-1-15529")),
    OneSale: Behind("sale", lambda facts, _: OneSale(facts.sale), ("import-1-1", "WHITE METAL LANTERN")),
    OneOrder: Behind("orders", lambda facts, _: OneOrder(facts.stuck), ("for Ada Example", "Total 2.50")),
    OnePick: Behind("pick", lambda facts, _: OnePick(facts.picking), ("for Ada Example", "Scan what you take")),
    OneStock: Behind("stock", lambda facts, _: OneStock(facts.product), ("WHITE HANGING HEART T-LIGHT", "sold")),
    OneSaga: Behind("sagas", lambda facts, _: OneSaga(facts.stuck), ("It needs a person", "It is: ! stuck")),
    OneLetter: Behind("dead-letters", lambda _, read: OneLetter(read["letter"]), ("print_label", "no paper")),
    OneEvent: Behind("events", lambda _, read: OneEvent(read["event"]), ("saga.stuck", "in saga-"), reads=False),
    Correlated: Behind("events", lambda _, read: Correlated(read["cause"]), ("saga.stuck", "looked back to")),
    SettingsInForce: Behind("system", lambda *_: SettingsInForce(), ("data_dir", "store.currency")),
    OneSetting: Behind("system", lambda *_: OneSetting("store.currency"), ("How it is changed", "GBP")),
}
ONLY = {SettingsInForce: {"manager", "support"}, OneSetting: {"manager", "support"}}


async def read_of(shop: Shop, facts: Facts) -> Read:
    """What a page is given by the list it lies behind."""
    events = (await shop.get("/events?after=23590&limit=500")).json()["items"]
    stuck = next(each for each in reversed(events) if each["type"] == "saga.stuck")
    letter = (await shop.get(f"/dead-letters/{facts.letter_alone}")).json()
    return {"event": stuck, "cause": stuck["metadata"]["correlation_id"], "letter": letter}


def open_to(role: str) -> Iterator[tuple[str, Behind]]:
    """The pages of a role, by name."""
    for kind, each in PAGES.items():
        if role in door(each.room).roles & ONLY.get(kind, set(ROLES)):
            yield kind.__name__, each


async def opened(at: Terminal, page: Room) -> None:
    """Go there, and wait until it has read."""
    at.console.push_screen(page)
    await at.until(lambda: at.console.screen is page and page.state != LOADING)


def test_no_page_is_left_out() -> None:
    doors = {each.screen for each in ROOMS}  # this loads them
    found, waiting = set[type[Room]](), [Room]
    while waiting:
        found.add(kind := waiting.pop())
        waiting += kind.__subclasses__()

    assert found - doors - {Room, Page, Listing} == set(PAGES)


@pytest.mark.parametrize("role", ROLES)
async def test_every_page_is_read_and_shown_to_every_role(traded: tuple[Shop, Facts], role: str) -> None:
    shop, facts = traded
    read = await read_of(shop, facts)
    async with held_back(shop, role) as (at, line):
        for name, each in open_to(role):
            line.go.clear()
            at.console.push_screen(page := each.make(facts, read))
            if each.reads:
                await at.shows("Reading ...")
                assert page.state == LOADING, name
            line.go.set()
            await at.shows(*each.shows)

            assert page.state == SHOWN, name
            await whole(at, name)


@pytest.mark.parametrize("role", APART)
async def test_every_page_keeps_what_it_shows_while_the_store_is_away_and_says_no_to_who_is_shut_out(
    traded: tuple[Shop, Facts], role: str
) -> None:
    shop, facts = traded
    read = await read_of(shop, facts)
    pages = list(open_to(role))
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(AsyncExitStack())
        url = await line.enter_async_context(listening(shop))
        at = await stack.enter_async_context(console(shop, role=role, url=url))
        for _, each in pages:
            await opened(at, each.make(facts, read))
        await line.aclose()
        for name, each in reversed(pages):
            text = await at.shows(*(AWAY if each.reads else AWAY[:1]), each.shows[0])
            assert "Reading" not in text, name
            at.console.leave()
        await stack.enter_async_context(listening(shop, int(url.rpartition(":")[2])))
        await back_again(at)
        await shop.send("DELETE", f"/devices/device-{role}", role=None, local=True)
        for name, each in pages:
            if each.reads:
                await opened(at, each.make(facts, read))
                await refused(at, name)
        at.console.exit()


@pytest.mark.parametrize("size", SIZES)
async def test_every_page_can_be_read_on_every_terminal(traded: tuple[Shop, Facts], size: tuple[int, int]) -> None:
    shop, facts = traded
    read = await read_of(shop, facts)
    async with console(shop, size=size) as at:
        for name, each in open_to("manager"):
            await opened(at, each.make(facts, read))
            await at.shows(each.shows[0])
            await whole(at, name)
