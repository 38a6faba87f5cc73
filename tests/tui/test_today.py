"""The day at a glance ends up as the day is, whatever was made for another screen a moment before."""

from contextlib import AsyncExitStack

import httpx
import pytest

from tests.support.api import Shop, sale
from tests.support.consoles import Terminal, listening
from tui.app import Console
from tui.client import Address, Client
from tui.screens import today
from tui.settings import Settings


class Older(httpx.AsyncBaseTransport):
    """A line to a store that once gives the report it gave last, as a store may to who takes one of some age."""

    def __init__(self) -> None:
        self._line = httpx.AsyncHTTPTransport()
        self._last = b""
        self.once = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The store's own answer, or the last one."""
        answer = await self._line.handle_async_request(request)
        if request.url.path.endswith("/reports/day"):
            body = await answer.aread()
            self._last, given = body, self._last if self.once else body
            self.once = False
            return httpx.Response(answer.status_code, headers={"content-type": "application/json"}, content=given)
        return answer

    async def aclose(self) -> None:
        """Hang up."""
        await self._line.aclose()


async def test_a_day_that_was_read_too_early_is_read_again_when_it_is_quiet(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(today, "ASK_HQ_EVERY_SECONDS", 3600.0)
    async with AsyncExitStack() as stack:
        address = Address(url=await stack.enter_async_context(listening(shop)), token=await shop.token("manager"))
        line = Older()
        app = Console(Settings(address=address, register="till-1"), Client(address, line))
        at = Terminal(app, await stack.enter_async_context(app.run_test(size=(80, 24))))
        await at.until(lambda: app.person is not None)
        await at.go("today")
        await shop.post("/sales", sale())
        await at.shows("2.50")
        line.once = True
        await shop.post("/sales", sale())
        await at.until(lambda: not line.once)

        await at.shows("5.00")
