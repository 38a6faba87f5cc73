"""The way into the store: the control socket of a running one, or the data directory itself; the same code above."""

from __future__ import annotations

import importlib
import socket
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from appliance.cli.failures import Answered, connection_lost, no_store, not_running
from appliance.config import Settings
from appliance.eventstore.store import Paths
from appliance.sockets import addressed

BASE = "http://backroom"  # a name the protocol wants; nothing is looked up
PREFIX = "/api/v1"
TIMEOUT_SECONDS = 120.0  # longer than any answer takes; a batch of an import waits for a slow disk

Query = Mapping[str, str | int | None]


class Api:
    """The store's HTTP interface; every answer that is a problem is raised as Answered."""

    def __init__(self, client: httpx.AsyncClient, *, running: bool) -> None:
        self.client = client
        self.running = running

    async def get(self, path: str, query: Query | None = None) -> httpx.Response:
        """Read something."""
        return await self._send("GET", path, query=query)

    async def write(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        etag: str | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """Change something, once: under the given idempotency key, or a fresh one."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        if etag is not None:
            headers["If-Match"] = etag
        if content is not None:
            headers["Content-Type"] = "application/json"
        return await self._send(method, path, body=body, content=content, headers=headers)

    async def _send(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        address = path if path.startswith(("/health", "/metrics", "/schema")) else PREFIX + path
        try:
            answer = await self.client.request(
                method, address, params=given, json=body, content=content, headers=headers
            )
        except httpx.TransportError as error:
            raise connection_lost(error) from error
        if answer.is_error:
            raise Answered(answer.status_code, _problem(answer))
        return answer


@asynccontextmanager
async def connected(settings: Settings, *, creates: bool = False, must_run: bool = False) -> AsyncIterator[Api]:
    """Reach the store; `creates` allows that there is none yet, `must_run` refuses to open it by ourselves."""
    paths = Paths(settings.data_dir)
    if answers(paths.socket):
        with addressed(paths.socket) as name:
            async with _client(httpx.AsyncHTTPTransport(uds=name)) as client:
                yield Api(client, running=True)
        return
    if must_run:
        raise not_running(paths.data)
    if not creates and not paths.database.exists():
        raise no_store(paths.data)
    inprocess = importlib.import_module("appliance.cli.inprocess")
    async with inprocess.transport(settings) as transport, _client(transport) as client:
        yield Api(client, running=False)


def answers(path: Path) -> bool:
    """Whether somebody accepts connections on a control socket."""
    try:
        with socket.socket(socket.AF_UNIX) as probe, addressed(path) as name:
            probe.connect(name)
    except OSError:
        return False
    return True


def _client(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=transport, base_url=BASE, timeout=TIMEOUT_SECONDS)


def _problem(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    return problem if isinstance(problem, dict) else {"detail": answer.text[:200]}
