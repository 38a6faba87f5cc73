"""What the console is told, and how often."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import cast

import pytest

from tui import live
from tui.client import Client
from tui.live import Changes, Live
from tui.problems import Away
from tui.reasons import Reasons


class Line:
    """A store's stream, as the test has it; after `lines` it breaks."""

    def __init__(self, *connections: list[str]) -> None:
        self._connections = list(connections)
        self.resumed_at: list[int | None] = []

    @asynccontextmanager
    async def lines(self, path: str, last_id: int | None) -> AsyncIterator[AsyncIterator[str]]:
        del path
        self.resumed_at.append(last_id)
        if not self._connections:
            await asyncio.Event().wait()
        yield self._given(self._connections.pop(0))

    @staticmethod
    async def _given(lines: list[str]) -> AsyncIterator[str]:
        for each in lines:
            yield each
        raise Away


def frames(*kinds: str, start: int = 1) -> list[str]:
    return [line for n, kind in enumerate(kinds, start) for line in (f"id: {n}", f"event: {kind}", "data:", "")]


async def test_a_burst_is_told_once_and_a_broken_line_goes_on_where_it_broke(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "FIRST_PAUSE_SECONDS", 0.0)
    line = Line(frames("sale.completed", "sale.completed", "order.created"), frames("sale.voided", start=4))
    told: list[Changes] = []
    links: list[bool] = []

    async def hear(changes: Changes) -> None:
        told.append(changes)

    async def link(up: bool) -> None:
        links.append(up)

    following = asyncio.create_task(Live(cast("Client", line), "/changes", hear, link, every_s=0.0).run())
    async with asyncio.timeout(30):
        while len(line.resumed_at) < 3 or len(told) < 2:  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0)
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following

    assert line.resumed_at == [None, 3, 4]
    assert told[0].kinds | told[-1].kinds == {"sale.completed", "order.created", "sale.voided"}
    assert told[-1].position == 4
    assert links[:4] == [True, False, True, False]


def test_reasons_are_kept_until_they_have_been_read() -> None:
    reasons = Reasons()
    reasons.begin()
    assert reasons.concern("anything")
    reasons.add({"sale.completed"})
    reasons.begin()
    assert reasons.concern("sale.")
    assert not reasons.concern("order.", "stock.")
    reasons.add({"order.created"})
    reasons.add(None)
    reasons.begin()
    assert reasons.concern("stock.")
