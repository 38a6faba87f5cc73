"""The line to head office, on loopback: what goes in comes out, until somebody cuts it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

CHUNK_BYTES = 64 * 1024
LOOPBACK = "127.0.0.1"


class Line:
    """Carries connections to a port of this machine. Cut, it drops those it has and takes no new ones."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._carried: set[asyncio.StreamWriter] = set()
        self.port = 0

    @property
    def up(self) -> bool:
        """Whether it takes connections."""
        return self._server is not None

    async def mend(self) -> None:
        """Take connections, on the same port as before."""
        if self._server is None:
            self._server = await asyncio.start_server(self._carry, LOOPBACK, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Drop all connections in the middle of whatever they carry, and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await asyncio.sleep(0)  # one that was just taken shows itself
        while self._carried:
            for side in list(self._carried):
                side.transport.abort()
            await asyncio.sleep(0)  # until each connection has noticed

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection; it is known from its first moment on, so that a cut in the middle of it drops it as well."""
        sides = {writer}
        self._carried.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self._target)
            sides.add(far_writer)
            self._carried.add(far_writer)
            if writer.transport.is_closing():
                return
            await _first_end(_copy(reader, far_writer), _copy(far_reader, writer))
        except OSError:
            return  # head office is not there: the store is told by a closed connection
        finally:
            for side in sides:
                side.transport.abort()
            self._carried -= sides


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()


async def _first_end(*ways: Coroutine[None, None, None]) -> None:
    """Until either way has ended; then the other ends as well."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def line(target: int) -> AsyncIterator[Line]:
    """A line that is up, gone at the end."""
    found = Line(target)
    await found.mend()
    try:
        yield found
    finally:
        await found.cut()
