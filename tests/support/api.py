"""A whole store behind its HTTP application, in this process: what tests of the API speak to."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
from litestar import Litestar

from appliance.api.app import create_app
from appliance.api.call import LOCAL
from appliance.api.devices import Device
from appliance.api.services import Services
from appliance.bootstrap import Around, opened
from appliance.config import load

API = "/api/v1"
BASE = "http://127.0.0.1:8080"
BARCODE = "4006381333931"
ENROLLED_AT = "2026-11-22T09:00:00.000000Z"


def fresh_key() -> str:
    """An idempotency key nobody has used."""
    return str(uuid.uuid4())


@dataclass
class Shop:
    """A store with an application, and a client for each role."""

    services: Services
    app: Litestar
    tokens: dict[str, str] = field(default_factory=dict)

    async def token(self, role: str) -> str:
        """The token of a device of this role, enrolled at first need."""
        if role not in self.tokens:
            device = Device(device_id=f"device-{role}", name=role, role=role)
            _, token = await self.services.devices.add(device, ENROLLED_AT)
            assert token is not None
            self.tokens[role] = token
        return self.tokens[role]

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        role: str | None = "manager",
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        local: bool = False,
        address: str = "127.0.0.1",
    ) -> httpx.Response:
        """One request; `body` may be bytes. Writes get a fresh key unless one is given ("" leaves it out)."""
        sent = {"authorization": f"Bearer {await self.token(role)}"} if role else {}
        if method != "GET" and key != "":
            sent["idempotency-key"] = key or fresh_key()
        if body is not None:
            sent["content-type"] = "application/json"
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        app: Any = self._local if local else self.app
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 123))
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            url = path if path.startswith(("/health", "/metrics", "/docs", "/schema", "//")) else API + path
            return await client.request(method, url, content=content, headers={**sent, **(headers or {})})

    async def _local(self, scope: Any, receive: Any, send: Any) -> None:
        scope[LOCAL] = True
        await self.app(scope, receive, send)

    async def get(self, path: str, **options: Any) -> httpx.Response:
        """Read."""
        return await self.send("GET", path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """Write."""
        return await self.send("POST", path, body, **options)

    async def put(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """Replace."""
        return await self.send("PUT", path, body, **options)

    @property
    def position(self) -> int:
        """How much has been recorded."""
        return self.services.writer.head.position

    def follow(self, path: str, token: str, **headers: str) -> "Following":
        """A live stream of the application."""
        return Following(self.app, path, {"authorization": f"Bearer {token}", **headers})


@asynccontextmanager
async def serving(data: Path, *, around: Around = lambda outside: outside, **settings: Any) -> AsyncIterator[Shop]:
    """An empty store in a directory, and its application; `around` stands between sagas and the outside world."""
    async with opened(load(data_dir=data, **settings), around=around) as services:
        yield Shop(services, create_app(services))


async def stocked(shop: Shop) -> Shop:
    """With two registers and three products, one of them without a price."""
    for register in ("till-1", "till-2"):
        assert (await shop.put(f"/registers/{register}", {"name": register})).status_code == 201
    for product, more in (
        ("tea", {"price": "2.50", "barcodes": [BARCODE]}),
        ("jam", {"price": "3.20"}),
        ("gift", {}),
    ):
        body = {"name": product.title(), "tax_code": "standard", **more}
        assert (await shop.put(f"/products/{product}", body)).status_code == 201
    return shop


def sale(*lines: Mapping[str, Any], paid: int = 100_000, **fields: Any) -> dict[str, Any]:
    """The body of a sale: of one tea unless told otherwise, paid in cash with change to come."""
    return {
        "register_id": "till-1",
        "currency": "EUR",
        "lines": list(lines) or [{"product_id": "tea"}],
        "tenders": [{"type": "cash", "amount": paid}],
        **fields,
    }


class Following:
    """A client of a server-sent stream: frames come in, the connection stays open until it is left."""

    def __init__(self, app: Any, path: str, headers: Mapping[str, str]) -> None:
        bare, _, query = path.partition("?")
        self._scope = {
            "type": "http",
            "method": "GET",
            "path": API + bare,
            "raw_path": (API + bare).encode(),
            "query_string": query.encode(),
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "http",
            "root_path": "",
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8080),
            "state": {},
        }
        self._app = app
        self._gone = asyncio.Event()
        self._sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._asked = False
        self._rest = ""
        self.status = 0
        self.task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self.task = asyncio.create_task(self._app(self._scope, self._receive, self._sent.put))
        start = await asyncio.wait_for(self._sent.get(), 30)
        self.status = start["status"]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.leave()
        assert self.task is not None
        await asyncio.wait_for(self.task, 30)

    def leave(self) -> None:
        """Hang up."""
        self._gone.set()

    async def frame(self) -> dict[str, str]:
        """The next frame that is an event."""
        while True:
            while "\n\n" in self._rest:
                block, _, self._rest = self._rest.partition("\n\n")
                said = [line.partition(":") for line in block.splitlines() if not line.startswith(":")]
                fields = {name: value.removeprefix(" ") for name, _, value in said}
                if "data" in fields:
                    return fields
            self._rest += (await asyncio.wait_for(self._sent.get(), 30))["body"].decode()

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}
