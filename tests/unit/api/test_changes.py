"""How often a screen is told: at once after a pause, and once a second while the store never stops."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from appliance.api.changes import SLOWEST_SECONDS, TELL_EVERY_SECONDS, ChangeStream


class Feed:
    """News of every look until there is none, and then never again."""

    begun = 0

    def __init__(self, looks: int) -> None:
        self.clients = 0
        self._news = [[(position, "sale.completed")] for position in range(1, looks + 1)]

    def changed(self, _: int) -> list[tuple[int, str]]:
        return self._news.pop(0) if self._news else []

    def news(self, _: int) -> asyncio.Future[None]:
        return asyncio.get_running_loop().create_future()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the stream wanted to wait, each time it did; nobody waits here."""
    found: list[float] = []

    async def wait(ends: Any, **given: Any) -> tuple[set[Any], set[Any]]:
        found.append(given["timeout"])
        return {ends[0]}, set()

    monkeypatch.setattr(asyncio, "wait", wait)
    return found


def stream(looks: int) -> ChangeStream:
    services: Any = SimpleNamespace(feed=Feed(looks))
    return ChangeStream(services, 0, "request-1")


async def told(screen: ChangeStream) -> None:
    """Tell all there is, then wait for more."""
    ends: list[asyncio.Future[Any]] = [asyncio.get_running_loop().create_future()]
    while await screen._next():
        await screen._rest(ends)
    await screen._wait(ends)


async def test_while_the_store_never_stops_the_pauses_grow_to_a_second(pauses: list[float]) -> None:
    await told(stream(5))

    assert pauses[:5] == [TELL_EVERY_SECONDS, 0.5, SLOWEST_SECONDS, SLOWEST_SECONDS, SLOWEST_SECONDS]


async def test_what_comes_after_a_pause_is_told_as_soon_as_ever(pauses: list[float]) -> None:
    screen = stream(3)
    await told(screen)
    pauses.clear()
    await screen._rest([asyncio.get_running_loop().create_future()])

    assert pauses == [TELL_EVERY_SECONDS]
