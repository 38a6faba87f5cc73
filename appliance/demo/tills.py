"""Simulated tills: they ring up small sales all day, and repeat with the same key whatever was not answered."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from appliance.importing.starter import PRODUCTS

PAUSE_SECONDS = (0.04, 0.16)  # between two sales of one till: as a busy Saturday, times twenty
MOST_LINES = 3
CASH = 50_00
CREATED = 201
ANSWER_SECONDS = 10.0


class Tills:
    """So many tills on one store; `acknowledged` is what they were told is booked."""

    def __init__(self, store: Mapping[str, Any], count: int, currency: str, seed: int = 7) -> None:
        self.acknowledged: dict[str, int] = {}  # sale -> total
        self.refused = 0
        self._count = count
        self._currency = currency
        self._chosen = random.Random(seed)  # noqa: S311  a demonstration that goes the same way each time
        self._client = httpx.AsyncClient(
            base_url=store["url"], headers={"Authorization": f"Bearer {store['token']}"}, timeout=ANSWER_SECONDS
        )
        self._closing = asyncio.Event()

    @property
    def takings(self) -> int:
        """What the acknowledged sales come to, in minor units."""
        return sum(self.acknowledged.values())

    async def run(self) -> None:
        """Sell until `close`; every sale that was begun is brought to an end."""
        async with self._client:
            await asyncio.gather(*(self._sell() for _ in range(self._count)))

    def close(self) -> None:
        """Shop's closed."""
        self._closing.set()

    async def _sell(self) -> None:
        while not self._closing.is_set():
            await self._ring_up(self._basket(), str(uuid.UUID(int=self._chosen.getrandbits(128))))
            await asyncio.sleep(self._chosen.uniform(*PAUSE_SECONDS))

    async def _ring_up(self, lines: Sequence[Mapping[str, str]], key: str) -> None:
        tenders = [{"type": "cash", "amount": CASH}]
        body = {"register_id": "till-1", "currency": self._currency, "lines": lines, "tenders": tenders}
        while True:
            try:
                answer = await self._client.post("/api/v1/sales", json=body, headers={"Idempotency-Key": key})
            except httpx.TransportError:
                await asyncio.sleep(PAUSE_SECONDS[1])  # unknown what became of it: the same key again
                continue
            if answer.status_code == CREATED:
                sale = answer.json()
                self.acknowledged[sale["sale_id"]] = sale["total"]
            else:
                self.refused += 1
            return

    def _basket(self) -> list[dict[str, str]]:
        chosen = self._chosen.sample(PRODUCTS, self._chosen.randint(1, MOST_LINES))
        return [{"barcode": product.barcode, "quantity": str(self._chosen.randint(1, 2))} for product in chosen]
