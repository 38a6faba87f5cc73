"""The library's client, which speaks TLS where TLS was asked for, or not at all.

By itself it upgrades a connection only where the server says that it must: somebody in between who leaves that out
would be told credentials and events in the clear. And it reads the name of every header letter by letter, which is
more work than all else of an event's way into a consumer; here a name that was seen is known.
"""

from __future__ import annotations

import ssl
from functools import lru_cache
from typing import Any

from nats.aio.client import Client as LibraryClient

_NO_TLS = "the server demands no TLS on this port, and this store was told to use it"


class Client(LibraryClient):
    """Nothing but the greeting is read before TLS is settled."""

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        """Take the server's greeting. Raises SSLError where it would be answered in the clear."""
        if initial_connection and "tls" in self.options and not info.get("tls_required"):
            raise ssl.SSLError(ssl.SSL_ERROR_SSL, _NO_TLS)
        await super()._process_info(info, initial_connection)

    @staticmethod
    def _parse_header_lines(raw: bytes) -> dict[str, str]:
        """What the library's own makes of a block of headers."""
        found: dict[str, str] = {}
        for line in raw.split(b"\r\n"):
            name, colon, value = line.partition(b":")
            if colon and (key := _name(name)) is not None:
                found[key] = value.strip().decode("utf-8", "replace")
        return found


@lru_cache(maxsize=256)
def _name(raw: bytes) -> str | None:
    """A header's name; None for what is none: not ASCII, or with a space inside."""
    try:
        key = raw.strip().decode("ascii")
    except UnicodeDecodeError:
        return None
    return None if any(each.isspace() for each in key) else key
