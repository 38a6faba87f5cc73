"""Consoles on a store: driven by keys, read as a person reads a terminal."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from unittest import mock

import uvicorn
from textual.events import Key
from textual.keys import _character_to_key as _get_character_key
from textual.pilot import Pilot
from textual.widgets import Input

from tests.support.api import Shop
from tests.support.people import PINS
from tui.app import Console
from tui.client import Address
from tui.screens.room import EMPTY, ERROR, LOADING, SHOWN, Room
from tui.settings import Settings

DEADLINE_SECONDS = 40.0
SIZE = (80, 24)


class Terminal:
    """A console and the fingers at it."""

    def __init__(self, console: Console, pilot: Pilot[None]) -> None:
        self.console = console
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        """Press keys, as slowly as people do."""
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause(0.03)

    async def type(self, text: str) -> None:
        """Put a text into the field that has the focus."""
        field = self.console.focused
        assert isinstance(field, Input), field
        field.value = text
        await self.pilot.pause()

    async def fill(self, *texts: str) -> None:
        """Answer a question field by field; Enter after each."""
        for text in texts:
            await self.type(text)
            await self.press("enter")

    async def scan(self, code: str) -> None:
        """A scanner: all keys at once."""
        for letter in code:
            self.console.post_message(Key(_get_character_key(letter), letter))
        self.console.post_message(Key("enter", "\r"))
        await self.pilot.pause()

    async def until(self, true: Callable[[], Any]) -> Any:
        """Wait until something is so."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not (found := true()):
                await self.pilot.pause(0.02)
        return found

    async def shows(self, *texts: str) -> str:
        """Wait until all texts are on the screen; answers the screen."""
        try:
            await self.until(lambda: all(text in self.text for text in texts))
        except TimeoutError:
            raise AssertionError(f"not all of {texts} on:\n{self.text}") from None
        return self.text

    async def hides(self, text: str) -> None:
        """Wait until a text is off the screen: footers and dialogues go a moment after what they belong to."""
        try:
            await self.until(lambda: text not in self.text)
        except TimeoutError:
            raise AssertionError(f"{text!r} stays on:\n{self.text}") from None

    @property
    def text(self) -> str:
        """What stands on the terminal, line by line."""
        strips = self.console.screen._compositor.render_strips()  # what is painted has no other reader
        return "\n".join(strip.text.rstrip() for strip in strips)

    @property
    def room(self) -> Room:
        """The room on top."""
        found = self.console.screen
        assert isinstance(found, Room), found
        return found

    async def go(self, name: str) -> Room:
        """Go to a room and wait until it has read."""
        self.console.action_go(name)
        await self.until(lambda: isinstance(self.console.screen, Room) and self.room.state != LOADING)
        await self.pilot.pause()
        return self.room


@asynccontextmanager
async def listening(shop: Shop, port: int = 0) -> AsyncIterator[str]:
    """The store on a real socket of this loop; streams need one. Leaving cuts whoever is connected."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        config = uvicorn.Config(
            shop.app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=0
        )
        server = uvicorn.Server(config)
        quiet = mock.patch.object(server, "capture_signals", contextlib.nullcontext)  # no signals in a test
        quiet.start()
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = server.force_exit = True
            await serving
            quiet.stop()


@asynccontextmanager
async def console(
    shop: Shop,
    *,
    role: str = "manager",
    operator: str | None = None,
    size: tuple[int, int] = SIZE,
    url: str | None = None,
    **settings: Any,
) -> AsyncIterator[Terminal]:
    """A console of a device of this role; signed on where an operator is named."""
    async with AsyncExitStack() as stack:
        served = url if url is not None else await stack.enter_async_context(listening(shop))
        address = Address(url=served, token=await shop.token(role))
        app = Console(Settings(address=address, **{"register": "till-1", **settings}))
        pilot = await stack.enter_async_context(app.run_test(size=size))
        terminal = Terminal(app, pilot)
        await terminal.until(lambda: app.store.name)
        if operator is not None:
            await terminal.until(lambda: app.focused is not None)
            await terminal.fill(operator, PINS[operator])
        if operator is not None or not app.store.operators:
            await terminal.until(lambda: isinstance(app.screen, Room) and app.screen.state != LOADING)
        yield terminal


__all__ = ["EMPTY", "ERROR", "LOADING", "SHOWN", "Terminal", "console"]
