"""The way to the store: one HTTP connection with the device's token and the operator's session on every request.

A write carries an idempotency key that belongs to the person's intent, not to the attempt: the same key is sent again
when an answer was lost, so pressing a key twice never books twice.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tui.problems import Away, Refused, SignedOff

PREFIX = "/api/v1"
TIMEOUT_SECONDS = 10.0
ATTEMPTS = 3  # of a write whose answer was lost, always under the same key
UNAUTHORIZED = 401
SESSION_ENDED = "session-ended"
BASE = "http://backroom"  # over a Unix socket a name is wanted and nothing is looked up

Json = dict[str, Any]
Query = Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True)
class Address:
    """Where the store is: its control socket on this machine, or a URL with a device's token."""

    url: str = BASE
    socket: Path | None = None
    token: str | None = None
    certificate: Path | None = None  # what vouches for the store's TLS, where it is not a public one
    host: str | None = None  # the name its certificate is for, where the address is not that


class Client:
    """One console's connection; close it when the console ends."""

    def __init__(self, address: Address, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.address = address
        self._extensions = {} if address.host is None else {"sni_hostname": address.host}
        headers = {"accept": "application/json"}
        if address.token:
            headers["authorization"] = f"Bearer {address.token}"
        self._http = httpx.AsyncClient(
            transport=transport or _transport(address), base_url=address.url, headers=headers, timeout=TIMEOUT_SECONDS
        )

    async def close(self) -> None:
        """Give the connection back."""
        await self._http.aclose()

    def use_session(self, session: str | None) -> None:
        """From now on ask as this operator, or as the device alone."""
        self._http.headers.pop("backroom-session", None)
        if session is not None:
            self._http.headers["backroom-session"] = session

    async def get(self, path: str, query: Query | None = None, *, age: int | None = None) -> Json:
        """Read. An answer made for another screen up to `age` seconds ago will do. Raises Away, Refused, SignedOff."""
        headers = None if age is None else {"cache-control": f"max-age={age}"}
        answer: Json = (await self._send("GET", path, query=query, headers=headers)).json()
        return answer

    async def read(self, path: str, query: Query | None = None) -> tuple[Json, str | None]:
        """Read one thing together with its ETag."""
        answer = await self._send("GET", path, query=query)
        return answer.json(), answer.headers.get("etag")

    async def write(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        key: str | None = None,
        etag: str | None = None,
        approval: str | None = None,
    ) -> Json:
        """Change something once. Raises Away (unknown: the same key may be sent again), Refused, SignedOff."""
        headers = {"idempotency-key": key or new_key()}
        if etag is not None:
            headers["if-match"] = etag
        if approval is not None:
            headers["backroom-approval"] = approval
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return _json(await self._send(method, path, body=body, headers=headers))
            except Away:
                if attempt == ATTEMPTS:
                    raise
        raise Away  # pragma: no cover  the loop has returned or raised

    async def ask(self, method: str, path: str, body: Json | None = None) -> Json:
        """A request that keeps no receipt, such as signing on; never repeated by itself."""
        return _json(await self._send(method, path, body=body))

    @asynccontextmanager
    async def lines(self, path: str, last_id: int | None) -> AsyncIterator[AsyncIterator[str]]:
        """The lines of an event stream, from after `last_id` on. Raises Away, Refused."""
        headers = {"accept": "text/event-stream"}
        if last_id is not None:
            headers["last-event-id"] = str(last_id)
        timeout = httpx.Timeout(TIMEOUT_SECONDS, read=STILL_SECONDS)
        try:
            streaming = self._http.stream(
                "GET", PREFIX + path, headers=headers, timeout=timeout, extensions=self._extensions
            )
            async with streaming as answer:
                if answer.is_error:
                    await answer.aread()
                    raise _refusal(answer)
                yield answer.aiter_lines()
        except httpx.HTTPError as error:
            raise Away(str(error)) from error

    async def _send(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        address = path if path.startswith(UNPREFIXED) else PREFIX + path
        try:
            answer = await self._http.request(
                method, address, params=given, json=body, headers=headers, extensions=self._extensions
            )
        except httpx.HTTPError as error:
            raise Away(str(error)) from error
        if answer.is_error and path not in HEALTH:
            raise _refusal(answer)
        return answer


STILL_SECONDS = 40.0  # the store says something at least every 15 s
UNPREFIXED = ("/health", "/metrics")
HEALTH = ("/health", "/health/ready")  # they answer 503 with a body that is worth showing


def new_key() -> str:
    """A key for one intent of a person."""
    return str(uuid.uuid4())


def _transport(address: Address) -> httpx.AsyncBaseTransport | None:
    if address.socket is not None:
        # No TLS is spoken on a socket of this machine; reading a hundred authorities' certificates for it takes 0.1 s.
        return httpx.AsyncHTTPTransport(uds=str(address.socket), verify=False)
    if address.certificate is not None:
        return httpx.AsyncHTTPTransport(verify=str(address.certificate))
    return None


def _json(answer: httpx.Response) -> Json:
    return answer.json() if answer.content else {}


def _refusal(answer: httpx.Response) -> Refused | SignedOff | Away:
    try:
        problem = answer.json()
    except ValueError:
        return Away(f"what answers is no store: status {answer.status_code}")
    refused = Refused(answer.status_code, problem if isinstance(problem, dict) else {})
    if refused.status == UNAUTHORIZED and refused.code == SESSION_ENDED:
        return SignedOff(refused.detail)
    return refused
