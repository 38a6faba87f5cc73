"""A flood of generated bad requests over real connections: each is refused with a reason, and the store sells on."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.api.rates import Rate, Rates
from appliance.api.roles import ROLES
from tests.faults.support.bad_requests import Spoiler
from tests.faults.support.scale import SEED, allowed, dice, scaled
from tests.support.api import sale
from tests.support.people import ROLES as PEOPLE
from tests.support.people import hire, session
from tests.support.raw_clients import Served, served

CONNECTIONS = 8
ANSWER_SECONDS = 60.0
REBUILDING = b"projection-rebuilding"  # the one 503 that is true: somebody was let rebuild a view

pytestmark = [pytest.mark.faults, pytest.mark.timeout(allowed(240))]


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path / "data") as found:
        found.shop.services.rates = Rates(Rate(device=1e9, total=1e9, stranger=1e9))  # or most would be a 429
        yield found


class Client:
    """One keep-alive connection, opened anew where the store has ended it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send it; the answer's status and body, 0 where the connection was ended without one."""
        if self._writer is None or self._writer.is_closing():
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        assert self._reader is not None
        try:
            self._writer.write(request)
            return await asyncio.wait_for(self._answer(self._reader, request), ANSWER_SECONDS)
        except (ConnectionError, asyncio.IncompleteReadError):
            await self.close()
            return 0, b""

    async def _answer(self, reader: asyncio.StreamReader, request: bytes) -> tuple[int, bytes]:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        headers = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        body = await reader.readexactly(int(headers.get(b"content-length", 0)))
        if headers.get(b"connection") == b"close" or not headers.get(b"x-request-id"):
            await self.close()
        return int(head[9:12]), body

    async def close(self) -> None:
        """End it."""
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(ConnectionError):
                await self._writer.wait_closed()
            self._writer = None


async def test_no_bad_request_breaks_anything(shop: Served) -> None:
    await hire(shop.shop, *PEOPLE)
    devices = {role: {"authorization": f"Bearer {await shop.shop.token(role)}"} for role in ROLES}
    people = [devices["manager"] | await session(shop.shop, each, device="manager") for each in PEOPLE]
    spoiler = Spoiler(dice("bad requests"), [*devices.values(), *people, {}])
    left = scaled(2_000)
    statuses: Counter[int] = Counter()
    broken: list[str] = []

    async def ask() -> None:
        nonlocal left
        client = Client(shop.port)
        while left > 0:
            left -= 1
            operation, request = spoiler.draw()
            status, body = await client.ask(request)
            statuses[status] += 1
            if status >= 500 and REBUILDING not in body:
                broken.append(f"{operation}: {request[:300]!r} -> {status} {body[:300]!r}")
        await client.close()

    await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))

    print(f"seed {SEED}:", dict(sorted(statuses.items())))
    assert broken == []
    assert sum(count for status, count in statuses.items() if 400 <= status < 500) > scaled(1_000)
    await sells(shop)


async def sells(shop: Served) -> None:
    """A till that comes now is served, whatever was let through of what was asked before."""
    assert (await shop.shop.put("/registers/last", {"name": "Last"}, role="support")).status_code == 201
    body = {"name": "Last", "tax_code": "standard", "price": "1.00"}
    assert (await shop.shop.put("/products/last", body, role="support")).status_code == 201
    sold = await shop.shop.post("/sales", sale({"product_id": "last"}, register_id="last"), role="support")
    assert sold.status_code == 201, sold.text
