"""Lists: turned page by page, moved about in by keys and by mouse."""

from contextlib import AsyncExitStack

import pytest

from tests.support.api import Shop
from tests.support.consoles import Terminal, console, listening
from tests.support.held import Held
from tui.app import Console
from tui.client import Address, Client
from tui.screens.listing import Listing
from tui.settings import Settings
from tui.widgets.table import Row, Table


@pytest.fixture(autouse=True)
def one_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.screens.stock.PAGE", 1)


def _listing(at: Terminal) -> Listing:
    assert isinstance(at.room, Listing)
    return at.room


def _counted_ahead(at: Terminal) -> str | None:
    return next((str(each["items"][0]["on_hand"]) for each in _listing(at)._ahead.values()), None)


async def test_who_has_turned_a_page_finds_the_next_one_read(shop: Shop) -> None:
    async with AsyncExitStack() as stack:
        address = Address(url=await stack.enter_async_context(listening(shop)), token=await shop.token("manager"))
        line = Held()
        app = Console(Settings(address=address, register="till-1"), Client(address, line))
        at = Terminal(app, await stack.enter_async_context(app.run_test(size=(80, 24))))
        line.go.set()
        await at.until(lambda: app.person is not None)
        await at.go("stock")
        await at.shows("page 1")
        await at.press("right_square_bracket")
        await at.shows("page 2")
        await at.until(lambda: _listing(at)._ahead)
        line.go.clear()
        await at.press("right_square_bracket")

        await at.shows("page 3")
        line.go.set()


async def test_what_was_read_ahead_is_forgotten_when_something_changes(shop: Shop) -> None:
    async with console(shop) as at:
        await at.go("stock")
        await at.press("right_square_bracket")
        await at.shows("page 2")
        await at.until(lambda: _listing(at)._ahead)
        [last] = next(iter(_listing(at)._ahead.values()))["items"]
        received = {"lines": [{"product_id": last["product_id"], "quantity": "77"}]}
        assert (await shop.post("/stock/receipts", received)).status_code == 201
        await at.until(lambda: _counted_ahead(at) not in (None, last["on_hand"]))
        await at.press("right_square_bracket")

        await at.shows("page 3", "77")


async def test_a_long_list_is_gone_through_by_keys_and_by_mouse(shop: Shop) -> None:
    async with console(shop) as at:
        await at.go("stock")
        table = _listing(at).table
        table.show([Row(str(number), (f"Row {number}", "", "", "", "")) for number in range(400)])
        await at.press("j", "down", "j", "k")
        await at.until(lambda: table.key == "2")
        await at.press("G")
        await at.shows("Row 399")
        await at.press("pageup")
        await at.until(lambda: table.key is not None and int(table.key) < 390)
        await at.press("home")
        await at.shows("Row 0\n")
        await at.pilot.click(Table, offset=(3, 5))

        await at.until(lambda: table.key == "4")


async def test_a_second_click_opens_what_the_first_one_chose(shop: Shop) -> None:
    async with console(shop) as at:
        await at.go("stock")
        await at.pilot.click(Table, offset=(3, 1))

        await at.shows("Nothing has moved it yet")
