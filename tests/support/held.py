"""A line to a store that holds answers back for as long as a test wants."""

import asyncio

import httpx


class Held(httpx.AsyncBaseTransport):
    """Passes everything on; while `go` is clear, answers to reads of rooms wait."""

    def __init__(self) -> None:
        self._line = httpx.AsyncHTTPTransport()
        self.go = asyncio.Event()
        self.go.set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The store's own answer, when it may come."""
        answer = await self._line.handle_async_request(request)
        if not request.url.path.endswith(("/store", "/changes")):
            await self.go.wait()
        return answer

    async def aclose(self) -> None:
        """Hang up."""
        await self._line.aclose()
