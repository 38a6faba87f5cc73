"""As much of HTTP/1.1 as a provider needs, with the wire in reach: a fault must be able to break every rule of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

LONGEST_HEAD, LONGEST_BODY = 65_536, 1 << 20
JSON = "application/json"
PROBLEM = "application/problem+json"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Request:
    """One request, whole."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON. Raises ValueError."""
        return json.loads(self.body or b"{}")


class Wire:
    """The way back to the caller."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    async def answer(self, status: int, document: Any, media: str = JSON, **headers: str) -> None:
        """An answer as it should be."""
        body = json.dumps(document).encode()
        await self.send(self.head(status, media, len(body), **headers) + body)

    async def problem(self, status: int, code: str, detail: str, **more: Any) -> None:
        """A refusal as it should be."""
        await self.answer(status, {"code": code, "detail": detail, **more}, PROBLEM)

    @staticmethod
    def head(status: int, media: str, length: int, **headers: str) -> bytes:
        """The head of an answer."""
        lines = [
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
            f"content-type: {media}",
            f"content-length: {length}",
        ]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    async def send(self, raw: bytes) -> None:
        """These very bytes."""
        self._writer.write(raw)
        await self._writer.drain()

    def reset(self) -> None:
        """Break the connection off, as a crash does."""
        found = self._writer.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


Handle = Callable[[Request, Wire], Awaitable[None]]


class HttpServer:
    """A server on loopback that can be stopped and started again on the same port."""

    def __init__(self, handle: Handle, port: int = 0) -> None:
        self._handle = handle
        self.port = port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen. Raises OSError where the port is taken."""
        self._server = await asyncio.start_server(self._accept, LOOPBACK, self.port, limit=LONGEST_HEAD)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more, and leave every caller alone with it."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._converse(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await _request(reader)) is not None:
                await self._handle(request, Wire(writer))
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass  # the caller is gone, or speaks something else
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _request(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    method, path, _ = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = int(headers.get("content-length", "0"))
    if length > LONGEST_BODY:
        return None
    return Request(method, path, headers, await reader.readexactly(length))
