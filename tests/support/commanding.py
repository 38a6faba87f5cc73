"""What head office sends down, as a test sends it: commands, policies, price lists; and what became of it here."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from appliance.api.services import Services
from appliance.application.commands import AddRegister, DefineProduct, GivenTender, RingUpSale, RungUpLine
from appliance.application.ports import Context, Outcome
from appliance.eventstore.clock import rfc3339, system_clock
from appliance.eventstore.ids import uuid7
from appliance.hq.connection import JetStream, connected
from appliance.sync import subjects
from appliance.sync.downstream import Downstream
from tests.support.head_office import HeadOffice
from tests.support.polling import settled
from tests.support.syncing import STORE, upstream

ISSUED = "2026-11-24T08:00:00Z"
GONE = {"KV-Operation": "PURGE", "Nats-Rollup": "sub"}


def command(command_id: str, kind: str = "product.recall", data: Any = None, **more: Any) -> bytes:
    """A command as it goes over the wire: a recall of tea unless told otherwise."""
    body = {"recall_id": command_id, "product_id": "tea", "reason": "glass"} if data is None else data
    envelope = {"command_id": command_id, "type": kind, "issued_at": ISSUED, "store": STORE, "data": body}
    return json.dumps(envelope | more).encode()


def received(command_id: str, quantity: str = "1", product: str = "tea") -> bytes:
    """A command whose effect can be counted: goods from another store."""
    lines = [{"product_id": product, "quantity": quantity}]
    return command(command_id, "stock.transfer_in", {"transfer_id": command_id, "from_store": "b", "lines": lines})


@dataclass
class Headquarters:
    """Head office's side of a test."""

    js: JetStream

    async def send(self, body: bytes, kind: str = "x", store: str = STORE) -> int:
        """Send one message to a store; its sequence."""
        return await self._publish(subjects.command_subject(store, kind), body, {})

    async def put(self, bucket: str, key: str, body: bytes) -> int:
        """Set a key."""
        return await self._publish(subjects.bucket_subject(bucket, key), body, {})

    async def delete(self, bucket: str, key: str) -> int:
        """Delete a key and its history."""
        return await self._publish(subjects.bucket_subject(bucket, key), b"", GONE)

    async def policy(self, key: str, value: Any, scope: str = "common") -> int:
        """Set a policy."""
        return await self.put(subjects.SETTINGS_BUCKET, f"{scope}.{key}", json.dumps(value).encode())

    async def get(self, bucket: str, key: str) -> bytes | None:
        """What a key holds; None where it holds nothing."""
        subject = subjects.bucket_subject(bucket, key)
        answer = await self.js.client.request(
            f"$JS.API.DIRECT.GET.{subjects.bucket_stream(bucket)}.{subject}", b"", timeout=30
        )
        headers = answer.headers or {}
        return None if "Status" in headers or "KV-Operation" in headers else answer.data

    async def prices(self, given: PriceList, *, scope: str = "common", parts: bool = True) -> None:
        """Put a price list: its parts, and then the manifest."""
        for key, body in given.keyed(scope) if parts else ():
            await self.put(subjects.CATALOGUE_BUCKET, key, body)
        key = f"{scope}.pricelists.{given.version}"
        await self.put(subjects.CATALOGUE_BUCKET, key, json.dumps(given.manifest(scope)).encode())

    async def _publish(self, subject: str, body: bytes, headers: Mapping[str, str]) -> int:
        answer = await self.js.client.request(subject, body, timeout=30, headers=dict(headers))
        found = json.loads(answer.data)
        assert "error" not in found, found
        sequence: int = found["seq"]
        return sequence


@asynccontextmanager
async def headquarters(office: HeadOffice) -> AsyncIterator[Headquarters]:
    """Head office, connected."""
    async with connected(office.server) as js:
        yield Headquarters(js)


@dataclass
class PriceList:
    """A price list with whatever is wrong with it."""

    version: str
    prices: Sequence[Mapping[str, Any]]
    valid_from: str = field(default_factory=lambda: rfc3339(system_clock()))
    per_part: int = 500
    wrong: Mapping[str, Any] = field(default_factory=dict)  # of the manifest
    wrong_part: Mapping[str, Any] = field(default_factory=dict)  # of the first part

    def bodies(self) -> list[bytes]:
        """The parts."""
        slices = [self.prices[at : at + self.per_part] for at in range(0, len(self.prices), self.per_part)]
        parts = [
            {"version": self.version, "part": number, "prices": list(each)} for number, each in enumerate(slices, 1)
        ]
        parts[0] |= self.wrong_part
        return [json.dumps(each).encode() for each in parts]

    def keyed(self, scope: str) -> list[tuple[str, bytes]]:
        """The parts under their keys."""
        return [(f"{scope}.prices.{self.version}.{n}", body) for n, body in enumerate(self.bodies(), 1)]

    def manifest(self, scope: str) -> dict[str, Any]:
        """What makes a list of them."""
        return {
            "version": self.version,
            "valid_from": self.valid_from,
            "keys": [key for key, _ in self.keyed(scope)],
            "sha256": sha256(b"".join(self.bodies())).hexdigest(),
        } | dict(self.wrong)


def down(services: Services) -> Downstream:
    """The store's way down."""
    found = upstream(services).down
    assert found is not None
    return found


async def do(services: Services, wanted: object) -> Outcome:
    """Carry out a command of the store's own."""
    context = Context(command_id=uuid7(), occurred_at=system_clock(), role="manager")
    return (await services.dispatcher.dispatch(wanted, context)).outcome


async def stocked(services: Services) -> Services:
    """With two registers and two products."""
    for register in ("till-1", "till-2"):
        await do(services, AddRegister(register_id=register, name=register))
    for product in ("tea", "jam"):
        await do(services, DefineProduct(product_id=product, name=product, tax_code="standard", price="2.50"))
    return services


def sale(product: str = "tea", register: str = "till-1") -> RingUpSale:
    """One piece, paid in cash."""
    lines, tenders = (RungUpLine(product_id=product),), (GivenTender(type="cash", amount=1000),)
    return RingUpSale(sale_id=uuid7(), register_id=register, currency="EUR", lines=lines, tenders=tenders)


def said(data: Path, *types: str) -> list[dict[str, Any]]:
    """The data of every event of these types, in order."""
    db = sqlite3.connect(f"file:{data / 'store.db'}?mode=ro", uri=True)
    marks = ",".join("?" * len(types))
    try:
        rows = db.execute(f"SELECT record FROM events WHERE type IN ({marks}) ORDER BY position", types).fetchall()
    finally:
        db.close()
    return [json.loads(record)["data"] for (record,) in rows]


async def consumed(services: Services, sequence: int, deadline_s: float = 40.0) -> None:
    """Return when the store has consumed head office's message."""

    async def now() -> bool:
        return down(services).tally.sequence >= sequence

    try:
        await settled(now, deadline_s)
    except TimeoutError:
        raise AssertionError(json.dumps(await upstream(services).status(), indent=1)) from None


async def recorded(data: Path, kind: str, count: int, deadline_s: float = 40.0) -> list[dict[str, Any]]:
    """The data of the events of a type, once there are so many."""

    async def now() -> bool:
        return len(said(data, kind)) >= count

    try:
        await settled(now, deadline_s)
    except TimeoutError:
        raise AssertionError(f"{len(said(data, kind))} of {kind}, not {count}") from None
    return said(data, kind)
