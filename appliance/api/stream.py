"""The log as it grows, as server-sent events: each event once, in order, from wherever the client stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from appliance.api.services import Services
from appliance.errors import QueryTimedOut, ShuttingDown
from appliance.queries import events
from appliance.queries.events import StoredEvent

BATCH = 200  # events read at once
HEARTBEAT_SECONDS = 15.0  # keeps proxies from closing, and finds out about clients that are gone

HEADERS = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)


class EventStream:
    """One client following the log; an ASGI application that ends when the client leaves or the store stops."""

    def __init__(self, services: Services, after: int, request_id: str) -> None:
        self._services = services
        self._after = after
        self._request_id = request_id
        self.status = 200
        self.headers: list[tuple[bytes, bytes]] = []

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        """Send events until nobody wants more."""
        await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, *self.headers]})
        feed = self._services.feed
        ends = [
            asyncio.ensure_future(self._services.stopping.wait()),
            asyncio.ensure_future(_left(receive)),
        ]
        feed.clients += 1
        try:
            await self._follow(ends, send)
        except ShuttingDown:
            pass  # the readers are gone already: the stream ends like any other
        finally:
            feed.clients -= 1
            for end in ends:
                end.cancel()
        await send({"type": "http.response.body", "body": b""})

    async def _follow(self, ends: Sequence[asyncio.Future[Any]], send: Any) -> None:
        await _send(send, b"retry: 1000\n\n")
        while not any(end.done() for end in ends):
            news = await self._next()
            if news:
                await _send(send, news)
                await self._rest(ends)
            elif not await self._wait(ends):
                await _send(send, b": still here\n\n")

    async def _next(self) -> bytes:
        """What there is to send now; nothing where nothing has happened."""
        return b"".join([_framed(each) for each in await self._read()])

    async def _rest(self, ends: Sequence[asyncio.Future[Any]]) -> None:
        """Between two sendings."""

    async def _read(self) -> list[StoredEvent]:
        try:
            found = await events.after(self._services.readers, self._after, BATCH)
        except QueryTimedOut:
            return []
        self._after = found[-1].position if found else self._after
        return found

    async def _wait(self, ends: Sequence[asyncio.Future[Any]]) -> bool:
        """Whether there is something to look at before the next heartbeat is due."""
        news = self._services.feed.news(self._after)
        try:
            done, _ = await asyncio.wait([news, *ends], timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
        return bool(done)


def _framed(event: StoredEvent) -> bytes:
    """A record is one line of JSON, so it is one line of data."""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (event.position, event.type.encode(), event.record)


async def _send(send: Any, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _left(receive: Any) -> None:
    """Returns when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
