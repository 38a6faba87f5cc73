"""Tills that sell against a store that may be killed at any moment, with a ledger of what they were told."""

import asyncio
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.support.ledger import Ledger
from tests.faults.support.wire import Broken, Connection

REGISTERS = ("till-1", "till-2", "till-3")
PRODUCTS = ("tea", "jam", "bread")
BOOKED = {200, 201}
UNDECIDED = {409, 503, 507}  # said so by the store: ask again with the same key
PAUSE_SECONDS = 0.02


async def stock_up(data: Path) -> str:
    """Make registers and products known over the control socket; answers a till's token."""
    control = await Connection.control(data)
    for product in PRODUCTS:
        body = {"name": product.title(), "kind": "stocked", "tax_code": "standard", "price": "2.50"}
        await _must(control, "PUT", f"/products/{product}", body, f"product-{product}")
    for register in REGISTERS:
        await _must(control, "PUT", f"/registers/{register}", {"name": register}, f"register-{register}")
    device = await _must(control, "POST", "/devices", {"name": "tills", "role": "manager"}, "device")
    control.close()
    token: str = device["token"]
    return token


async def _must(connection: Connection, method: str, path: str, body: object, key: str) -> Any:
    answer = await connection.ask(method, path, body, key)
    assert answer.status in BOOKED, (method, path, answer.status, answer.body)
    return answer.body


def sale(reference: str) -> dict[str, Any]:
    """Two lines for cash; the reference stands in the tender, where the store keeps it and looks for nothing."""
    dice = random.Random(reference)
    lines = [{"product_id": dice.choice(PRODUCTS), "quantity": "2"}, {"product_id": "tea", "quantity": "0.500"}]
    return {
        "register_id": dice.choice(REGISTERS),
        "currency": "EUR",
        "lines": lines,
        "tenders": [{"type": "cash", "amount": 1000, "reference": reference}],
    }


@dataclass
class Tills:
    """So many tills, one after the other on each connection; what is unknown is asked again first."""

    ledger: Ledger
    token: str
    count: int = 8
    prefix: str = "s"
    asks_again: bool = True
    statuses: dict[int, int] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _asked: set[str] = field(default_factory=set)

    async def sell(self, port: int, until: asyncio.Event) -> None:
        """Sell until told to stop or until the store is gone; a request under way is finished first."""
        await asyncio.gather(*[self._till(port, until) for _ in range(self.count)])

    async def settle(self, port: int) -> None:
        """Ask again about everything unknown, until nothing is."""
        connection = await Connection.tcp(port, self.token)
        while self.ledger.unknown:
            for reference in sorted(self.ledger.unknown):
                await self.once(connection, reference)
        connection.close()

    async def _till(self, port: int, until: asyncio.Event) -> None:
        try:
            connection = await Connection.tcp(port, self.token)
            while not until.is_set():
                reference = self._next()
                try:
                    await self.once(connection, reference)
                finally:
                    self._asked.discard(reference)
            connection.close()
        except Broken:
            return

    def _next(self) -> str:
        for reference in self.ledger.unknown - self._asked if self.asks_again else ():
            self._asked.add(reference)
            return reference
        reference = f"{self.prefix}-{next(self._numbers)}"
        self._asked.add(reference)
        return reference

    async def once(self, connection: Connection, reference: str) -> None:
        """Send one sale and write down what became of it. Raises Broken."""
        self.ledger.send(reference)
        answer = await connection.ask("POST", "/sales", sale(reference), reference)
        self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
        if answer.status in BOOKED:
            self.ledger.ack(reference, answer.body["receipt_number"])
        else:
            assert answer.status in UNDECIDED, (answer.status, answer.body)
            await asyncio.sleep(PAUSE_SECONDS)
