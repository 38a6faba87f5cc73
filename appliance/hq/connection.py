"""Head office's connection to its server, and the JetStream API spoken in plain JSON.

The API is spoken by hand: configurations go out and come back as the server writes them, so nothing a newer or older
server knows is lost or invented on the way, and whatever goes wrong is a sentence.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from appliance.hq.failures import NoAnswer, NoJetStream, NotAdmitted, ServerRefused, ServerUnreachable, ServerUntrusted
from appliance.sync.client import Client
from appliance.sync.credentials import read_credentials, tls_context

DEFAULT_URL = "nats://127.0.0.1:4222"
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 5.0  # longer than a slow disk takes to make a stream
NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Server:
    """Which server, and who asks."""

    url: str
    credentials: Path | None = None
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def options(self) -> dict[str, Any]:
        """The arguments of `nats.connect`. Raises CredentialsUnusable."""
        found = dict(read_credentials(self.credentials)) if self.credentials else {}
        if self.url.startswith("tls://") or self.ca or self.certificate:
            found["tls"] = tls_context(self.ca, self.certificate, self.key)
        return found


class JetStream:
    """The server's JetStream API: one method, and answers that are errors raised."""

    def __init__(self, client: Client, errors: list[Exception]) -> None:
        self.client = client
        self._errors = errors

    @property
    def version(self) -> tuple[int, int, int]:
        """Which server this is."""
        found = self.client.connected_server_version
        return found.major, found.minor, found.patch

    async def ask(self, call: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What `$JS.API.<call>` answers. Raises ServerRefused, NoJetStream or NoAnswer."""
        answer = await self.find(call, body)
        if answer is None:
            detail = f"{call}: there is no such stream or consumer."
            raise ServerRefused(detail, call=call)
        return answer

    async def find(self, call: str, body: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """The same, but None where what is asked about does not exist."""
        answer: dict[str, Any] = json.loads(await self._request(call, json.dumps(body or {}).encode()))
        error = answer.get("error")
        if error is None:
            return answer
        if error.get("code") == NOT_FOUND:
            return None
        detail = f"{call}: {error.get('description', error)} (error {error.get('err_code', error.get('code'))})."
        raise ServerRefused(detail, call=call, err_code=error.get("err_code"))

    async def _request(self, call: str, body: bytes) -> bytes:
        try:
            answer = await self.client.request(f"$JS.API.{call}", body, timeout=ANSWER_SECONDS)
        except NoRespondersError as error:
            detail = f"Nobody answers at {_where(self.client)}."
            raise NoJetStream(detail) from error
        except (NatsError, TimeoutError) as error:
            # A refused request is only silence; why stands in what the server said meanwhile.
            for seen in self._errors:
                if "permissions violation" in str(seen).lower():
                    raise NotAdmitted(f"{call}: {_said(seen)}.") from error
            detail = f"{call}: no answer within {ANSWER_SECONDS:g} s."
            raise NoAnswer(detail) from error
        return answer.data


@asynccontextmanager
async def connected(server: Server, *, name: str = "backroom hq") -> AsyncIterator[JetStream]:
    """A connection for as long as this lasts; it comes back by itself after a cut.

    Raises ServerUnreachable, NotAdmitted, ServerUntrusted or CredentialsUnusable where the first connect fails.
    """
    seen: list[Exception] = []
    client = await _connect(server, name, seen)
    try:
        yield JetStream(client, seen)
    finally:
        await client.close()


async def _connect(server: Server, name: str, seen: list[Exception]) -> Client:
    async def note(error: Exception) -> None:
        seen.append(error)
        del seen[:-1]

    settings: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS, "max_reconnect_attempts": -1, "name": name}
    client = Client()
    connecting = client.connect(server.url, error_cb=note, **settings, **server.options())
    try:
        await asyncio.wait_for(_first(connecting, seen), CONNECT_SECONDS)
    except (NatsError, OSError, ssl.SSLError, TimeoutError, ValueError) as error:
        raise _in_words(server.url, seen[-1] if seen else error) from error
    return client


async def _first(connecting: Coroutine[Any, Any, None], seen: list[Exception]) -> None:
    """Return once it is connected, or raise the first error it met: the library itself would try for ever."""
    attempt = asyncio.ensure_future(connecting)
    try:
        while not attempt.done():
            if seen:
                raise seen[-1]
            await asyncio.wait([attempt], timeout=0.02)
        attempt.result()
    finally:
        if not attempt.done():
            attempt.cancel()
            await asyncio.wait([attempt])


def _in_words(url: str, error: Exception) -> Exception:
    said = _said(error)
    if "authorization" in said.lower() or "authentication" in said.lower():
        return NotAdmitted(f"{url} says: {said}.")
    if isinstance(error, ssl.SSLError):
        return ServerUntrusted(f"{url}: {said}.")
    return ServerUnreachable(f"{url}: {said}.")


def _said(error: Exception) -> str:
    return str(error).removeprefix("nats: ").strip("'") or type(error).__name__


def _where(client: Client) -> str:
    return str(client.connected_url.netloc) if client.connected_url else "the server"
