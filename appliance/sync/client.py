"""The library's client, which speaks TLS where TLS was asked for, or not at all.

By itself it upgrades a connection only where the server says that it must: somebody in between who leaves that out
would be told credentials and events in the clear.
"""

from __future__ import annotations

import ssl
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
