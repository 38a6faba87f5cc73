"""HTTP/1.1 as a till speaks it, written out so that a test can break off anywhere."""

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

TIMEOUT_SECONDS = 30.0


class Broken(Exception):
    """The connection ended before the answer was whole: nobody knows what became of the request."""


@dataclass
class Answered:
    """A whole answer."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass
class Connection:
    """One connection, kept alive; after `Broken` a new one is needed."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    token: str = ""
    broken: bool = field(default=False)

    @classmethod
    async def tcp(cls, port: int, token: str) -> Self:
        """As a till, over loopback."""
        try:
            return cls(*await asyncio.open_connection("127.0.0.1", port), token)
        except OSError as error:
            raise Broken(str(error)) from error

    @classmethod
    async def control(cls, data: Path) -> Self:
        """As the command line, over the control socket."""
        try:
            return cls(*await asyncio.open_unix_connection(str(data / "control.sock")))
        except OSError as error:
            raise Broken(str(error)) from error

    def request(self, method: str, path: str, body: object = None, key: str = "") -> bytes:
        """The bytes of a request."""
        raw = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} /api/v1{path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(raw)}"]
        if self.token:
            lines.append(f"Authorization: Bearer {self.token}")
        if key:
            lines.append(f"Idempotency-Key: {key}")
        if raw:
            lines.append("Content-Type: application/json")
        return "\r\n".join([*lines, "", ""]).encode() + raw

    async def ask(self, method: str, path: str, body: object = None, key: str = "") -> Answered:
        """Send a request and read its answer."""
        try:
            self.writer.write(self.request(method, path, body, key))
            return await asyncio.wait_for(self._answer(), TIMEOUT_SECONDS)
        except (OSError, EOFError, TimeoutError) as error:
            self.broken = True
            raise Broken(str(error)) from error

    async def _answer(self) -> Answered:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        raw = await self.reader.readexactly(int(headers.get("content-length", "0")))
        body = json.loads(raw) if raw and "json" in headers.get("content-type", "") else raw
        return Answered(int(head[0].split()[1]), headers, body)

    def close(self) -> None:
        """Hang up."""
        self.writer.close()
