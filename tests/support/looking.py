"""What is asked of every screen of the console, whatever it shows."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from tests.support.api import Shop
from tests.support.consoles import SIZE, Terminal, listening
from tests.support.held import Held
from tui.app import Console
from tui.client import Address, Client
from tui.screens.room import ERROR, Room
from tui.settings import Settings

AWAY = ("! store away", "This is how it was at", "comes back by itself")


def _footed(at: Terminal) -> bool:
    return "Back" in at.text.rpartition("\n")[2]


def _refused(room: Room) -> bool:
    return room.state == ERROR


def _met(at: Terminal) -> bool:
    """The store is there, and it has been asked anew who it is: whoever is shut out only now is in a room."""
    asking = [each for each in at.console.workers if each.group == "meet" and not each.is_finished]
    return "* linked" in at.text and AWAY[1] not in at.text and not asking


async def whole(at: Terminal, name: str) -> str:
    """The screen as it stands there: where one is above, a way back below, nothing wider than the terminal."""
    await at.until(partial(_footed, at))
    text = at.text
    assert at.room.TITLE_TEXT in text.splitlines()[0], (name, text)
    assert max(len(each) for each in text.splitlines()) <= at.console.size.width, (name, text)
    return text


async def refused(at: Terminal, name: str) -> None:
    """The store says no here: it is told with what to do next."""
    await at.until(partial(_refused, at.room))
    await at.shows("! ", "Ctrl+R reads it again.")
    await whole(at, name)


async def back_again(at: Terminal) -> None:
    """The store is there again, and nothing is marked as old."""
    await at.until(partial(_met, at))


@asynccontextmanager
async def held_back(shop: Shop, role: str) -> AsyncIterator[tuple[Terminal, Held]]:
    """A console whose reading waits until the test lets it, in its first room."""
    async with AsyncExitStack() as stack:
        address = Address(url=await stack.enter_async_context(listening(shop)), token=await shop.token(role))
        line = Held()
        line.go.clear()
        app = Console(Settings(address=address, register="till-1"), Client(address, line))
        at = Terminal(app, await stack.enter_async_context(app.run_test(size=SIZE)))
        await at.until(lambda: app.person is not None and isinstance(app.screen, Room))
        yield at, line
