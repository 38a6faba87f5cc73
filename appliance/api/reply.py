"""An answer as bytes, sent as it is: nothing between the encoder and the socket."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import msgspec

JSON = b"application/json"
PROBLEM = b"application/problem+json"
HTML = b"text/html; charset=utf-8"
TEXT = b"text/plain; charset=utf-8"

Header = tuple[bytes, bytes]

NO_CONTENT, NOT_MODIFIED = 204, 304
BODILESS = frozenset({NO_CONTENT, NOT_MODIFIED})

encode = msgspec.json.encode


class Reply:
    """A whole answer; an ASGI application that sends itself."""

    __slots__ = ("body", "headers", "media", "status")

    def __init__(
        self, body: bytes, *, status: int = 200, media: bytes = JSON, headers: list[Header] | None = None
    ) -> None:
        self.status = status
        self.body = body
        self.media = media
        self.headers = headers or []

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
        """Send it."""
        headers = self.headers
        if self.status not in BODILESS:
            length = str(len(self.body)).encode()
            headers = [(b"content-type", self.media), (b"content-length", length), *headers]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def etag(version: int) -> bytes:
    """What a client sends back in If-Match."""
    return b'"v%d"' % version


def state_tag(version: int, body: bytes) -> bytes:
    """The ETag of a read: its version, and a mark of all that is shown, which may change without the version."""
    return b'"v%d-%08x"' % (version, crc32(body))
