"""Clients that speak no proper HTTP: bytes on a socket, slowly or wrongly."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from appliance.api.server import Caps, Gate, configuration, protocol
from tests.support.api import Shop, serving, stocked
from tests.support.polling import settled

HEAD = b"POST /api/v1/sales HTTP/1.1\r\nHost: x\r\n"


@dataclass
class Served:
    """A shop on a real socket, behind its gate."""

    shop: Shop
    gate: Gate
    port: int

    async def say(self, *chunks: bytes, source: str = "127.0.0.1", wait_s: float = 10.0) -> bytes:
        """Send the chunks and read until the other side ends the connection or has said enough."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(source, 0))
        try:
            for chunk in chunks:
                writer.write(chunk)
                await writer.drain()
            with contextlib.suppress(TimeoutError, ConnectionError):
                return await asyncio.wait_for(reader.read(), wait_s)
            return b""
        finally:
            writer.close()


@contextlib.asynccontextmanager
async def served(data: Path, caps: Caps | None = None) -> AsyncIterator[Served]:
    """A stocked shop, served as the appliance serves it."""
    gate = Gate(caps or Caps())
    async with serving(data) as shop:
        await stocked(shop)
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            config = configuration(shop.app, protocol(gate))
            server = uvicorn.Server(config)
            server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]  # a test has none
            task = asyncio.create_task(server.serve(sockets=[listener]))
            watch = asyncio.create_task(gate.watch())
            await settled(lambda: _is(server.started))
            try:
                yield Served(shop, gate, listener.getsockname()[1])
            finally:
                server.should_exit = True
                await task
                watch.cancel()


async def drip(port: int, source: str, begin: bytes, more: bytes, seconds: float) -> float | None:
    """Send one byte after another for so long; answers after how many seconds it was cut, None where it was not."""
    started = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    ended = asyncio.ensure_future(reader.read())
    try:
        writer.write(begin)
        while time.monotonic() - started < seconds:
            done, _ = await asyncio.wait([ended], timeout=0.5)
            if done:
                return time.monotonic() - started
            writer.write(more)
    except ConnectionError:
        return time.monotonic() - started
    else:
        return None
    finally:
        ended.cancel()
        await asyncio.gather(ended, return_exceptions=True)
        writer.close()


async def _is(truth: bool) -> bool:
    return truth


def status_of(answer: bytes) -> int:
    """The status of a raw answer, 0 where there is none."""
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0


def statuses(answers: Sequence[bytes]) -> list[int]:
    """The statuses of raw answers."""
    return [status_of(each) for each in answers]
