"""The store on the network: TLS beside the plain HTTP of this machine, served by the same server.

It comes last and may be missing: a certificate that cannot be read, or an address that is not there yet, keeps nobody
from selling on this machine. What went wrong is told, by `run` and by `doctor`.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import uvicorn

from appliance.config import Settings
from appliance.eventstore import certificate
from appliance.eventstore.certificate import Pair
from appliance.eventstore.store import Paths

HANDSHAKE_SECONDS = 10.0  # until then a connection is not counted and owes nothing else
BACKLOG = 256


@dataclass(frozen=True, slots=True)
class Lan:
    """Where the network reaches the store, and by which certificate; `trouble` says what is wrong with either."""

    url: str | None = None
    fingerprint: str | None = None
    trouble: str | None = None

    @property
    def port(self) -> int | None:
        """The port it listens at, where it does."""
        return urlsplit(self.url).port if self.url is not None else None


async def open_lan(settings: Settings, paths: Paths, server: uvicorn.Server) -> Lan:
    """Listen on the network where the settings say so; never raises for what is wrong out there."""
    pair = pair_of(settings, paths)
    try:
        if settings.tls.certificate is None:
            certificate.ensure(pair, settings.store.id, datetime.now(UTC))
        described = certificate.describe(pair.certificate)
        url = await _listen(settings, pair, server) if settings.tls.host is not None else None
    except (OSError, ValueError, ssl.SSLError) as error:
        return Lan(trouble=f"The network is not served: {error}.")
    ended = described.expired(datetime.now(UTC))
    trouble = f"The certificate ended on {described.not_after:%Y-%m-%d}: tills refuse it." if ended else None
    return Lan(url, described.fingerprint, trouble)


def pair_of(settings: Settings, paths: Paths) -> Pair:
    """The certificate in force and its key: one's own, or the store's."""
    own, key = settings.tls.certificate, settings.tls.key
    return Pair(own, key) if own is not None and key is not None else Pair(paths.certificate, paths.certificate_key)


async def _listen(settings: Settings, pair: Pair, server: uvicorn.Server) -> str:
    context = certificate.context(pair)
    host = str(settings.tls.host)
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, settings.tls.port))
    except OSError:
        listener.close()
        raise
    loop = asyncio.get_running_loop()
    served = await loop.create_server(
        lambda: _protocol(server),
        sock=listener,
        ssl=context,
        backlog=BACKLOG,
        ssl_handshake_timeout=HANDSHAKE_SECONDS,
    )
    server.servers.append(served)  # closed with the server's own listener at a stop
    port = listener.getsockname()[1]
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"


def _protocol(server: uvicorn.Server) -> asyncio.Protocol:
    made: Any = server.config.http_protocol_class
    protocol: asyncio.Protocol = made(
        config=server.config, server_state=server.server_state, app_state=server.lifespan.state, _loop=None
    )
    return protocol
