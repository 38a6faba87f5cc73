"""The scenarios of the crash matrix for orders: the real definition in a whole appliance, providers with a ledger."""

import asyncio
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from appliance.api.services import Services
from appliance.application import commands as c
from appliance.application import outside as o
from appliance.application.commands_fulfilment import HandOverOrder, PickedLine, PickOrder
from appliance.application.outside import Outside
from appliance.application.ports import Context
from appliance.application.receipts import ReceiptKey
from appliance.bootstrap import opened
from appliance.config import load as load_settings
from appliance.domain import order as orders
from appliance.domain.refusals import OrderNotOpen
from tests.support.fulfilling import ADDRESS
from tests.support.skipping import skip
from tests.support.stores import rows

Point = Callable[[str], None]

ORDER = "o-1"
CUSTOMER = "c-1"
ENDED = frozenset({orders.CONFIRMED, orders.CANCELLED, orders.FAILED, orders.EXPIRED, orders.STUCK})
AT = "2026-11-24T12:00:00.000000Z"
ANSWERS: Mapping[str, type[Any]] = {each.__name__: each for each in (o.Charged, o.Refunded, o.Shipped, o.Done)}


class Ledger:
    """What providers have carried out, a line each, on the disk: it does not die with the store."""

    def __init__(self, path: Path, point: Point) -> None:
        self._path = path
        self._point = point

    def act(self, key: str, answer: o.Answer) -> Any:
        """Carry out once a key."""
        found = self.found(key)
        if found is None:
            self._point(f"arrived:{key}")
            with self._path.open("a") as out:
                line = {"key": key, "type": type(answer).__name__, "answer": asdict(answer)}
                out.write(json.dumps(line, separators=(",", ":")) + "\n")
                out.flush()
                os.fsync(out.fileno())
        self._point(f"carried_out:{key}")
        return found or answer

    def found(self, key: str) -> Any:
        """What was answered to a key."""
        for line in entries(self._path):
            if line["key"] == key:
                return ANSWERS[line["type"]](**line["answer"])
        return None

    def query(self, key: str) -> o.Found:
        """What became of a key."""
        found = self.found(key)
        return o.Found("absent") if found is None else o.Found("done", found)


def entries(path: Path) -> list[dict[str, Any]]:
    """The ledger, line by line."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


class _Provider:
    def __init__(self, ledger: Ledger, refuses: str | None) -> None:
        self._ledger = ledger
        self._refuses = refuses

    async def query(self, key: str) -> o.Found:
        return self._ledger.query(key)


class _Till(_Provider):
    async def charge(self, key: str, order_id: str, amount: int, currency: str) -> o.Charged:
        if self._refuses == "charge":
            raise o.Declined("card_expired", "The card has expired.")
        charged: o.Charged = self._ledger.act(key, o.Charged(f"t-{order_id}", amount, currency, AT))
        return charged

    async def refund(self, key: str, transaction_id: str, amount: int) -> o.Refunded:
        refunded: o.Refunded = self._ledger.act(key, o.Refunded(f"r-{transaction_id}", amount))
        return refunded


class _Van(_Provider):
    async def create(self, key: str, order_id: str, kind: str, address: Mapping[str, str] | None) -> o.Shipped:
        del address
        if self._refuses == "ship":
            raise o.Declined("no_route", "We do not go there.")
        shipped: o.Shipped = self._ledger.act(key, o.Shipped(f"h-{order_id}", kind, "JD1"))
        return shipped

    async def cancel(self, key: str, shipment_id: str) -> o.Done:
        done: o.Done = self._ledger.act(key, o.Done(shipment_id))
        return done


async def _through(
    data: Path,
    path: Path,
    point: Point,
    kind: str,
    *,
    refuses: str | None = None,
    ready: object = HandOverOrder(order_id=ORDER),
) -> None:
    ledger = Ledger(path, point)

    def around(local: Outside) -> Outside:
        return Outside(local.inventory, _Till(ledger, refuses), _Van(ledger, refuses), local.notification)

    settings = load_settings(data_dir=data, machine_id="machine-a", scrub={"enabled": False}, sagas={"threads": 1})
    async with opened(settings, around=around, point=point) as services:
        await _prepared(services)
        services.writer.stats.observe_commit_seconds = lambda _: point("committed")
        point("before_begin")
        await _do(services, "order", await _order(services, kind))
        point("after_begin")
        while (status := _status(services)) not in ENDED:
            await _work(services, status, ready)
            await skip(services)
            await asyncio.sleep(0.005)


async def _prepared(services: Services) -> None:
    await _do(services, "tea", c.DefineProduct(product_id="tea", name="Tea", tax_code="standard", price="2.50"))
    await _do(services, "jam", c.DefineProduct(product_id="jam", name="Jam", tax_code="standard", price="3.20"))
    lines = tuple(c.ReceivedLine(product_id=each, quantity="10") for each in ("tea", "jam"))
    await _do(services, "goods", c.ReceiveStock(receipt_id="g-1", lines=lines))
    await _do(services, "customer", c.RegisterCustomer(customer_id=CUSTOMER, personal=None))


async def _order(services: Services, kind: str) -> c.CreateOrder:
    items = (c.OrderedItem(product_id="tea", quantity="3"),)
    sealed = await asyncio.to_thread(services.vault.seal, CUSTOMER, ADDRESS) if kind == orders.DELIVERY else None
    return c.CreateOrder(order_id=ORDER, customer_id=CUSTOMER, kind=kind, items=items, address=sealed)


async def _work(services: Services, status: str, ready: object) -> None:
    """What staff would do: pick two of three and a jam, then hand over or cancel; who comes too late is told so."""
    line = PickedLine(line=1, picked="2", substitute_id="jam")
    try:
        if status == orders.AWAITING_PICK:
            await _do(services, "pick", PickOrder(order_id=ORDER, lines=(line,)))
        elif status == orders.READY_FOR_COLLECTION:
            await _do(services, "ready", ready)
    except OrderNotOpen:
        return


def _status(services: Services) -> str:
    [(status,)] = rows(services.paths.data, "SELECT status FROM orders WHERE order_id = ?", ORDER)
    return str(status)


async def _do(services: Services, key: str, command: object) -> None:
    context = Context(command_id=key, occurred_at=datetime.now(UTC), role="manager")
    await services.dispatcher.dispatch(command, context, ReceiptKey("test", key, b"f" * 32))


async def collecting(data: Path, path: Path, point: Point) -> None:
    """A pickup with a short and a substitute, to its end."""
    await _through(data, path, point, orders.PICKUP)


async def refused(data: Path, path: Path, point: Point) -> None:
    """A pickup that is charged and then finds no place, and back."""
    await _through(data, path, point, orders.PICKUP, refuses="ship")


async def cancelled(data: Path, path: Path, point: Point) -> None:
    """A pickup that lies ready when its customer changes their mind, and back: the shelf, the money, the goods."""
    await _through(data, path, point, orders.PICKUP, ready=c.CancelOrder(order_id=ORDER, reason="changed their mind"))


async def delivering(data: Path, path: Path, point: Point) -> None:
    """A delivery, to its end."""
    await _through(data, path, point, orders.DELIVERY)
