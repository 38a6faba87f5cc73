"""Many orders in a whole appliance of its own process, the providers in another: placed, cut short, and judged."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.support.appliances import Appliance, Nursery
from tests.faults.support.selling import verify
from tests.faults.support.tills import BOOKED, stock_up
from tests.faults.support.wire import Connection
from tests.support.fulfilling import ADA, ADDRESS
from tests.support.sagas import unheld
from tests.support.sandboxes import Beside, beside
from tests.support.stores import rows

CLERKS = 8
ENDED = ("completed", "compensated", "stuck")
PRICE = 250
FREE = 100_000  # in stock before the first order


@dataclass
class Orders:
    """A store, a sandbox as its outside world, and the orders placed so far."""

    nursery: Nursery
    data: Path
    sandbox: Beside
    settings: dict[str, Any]
    token: str = ""
    customer: str = ""
    placed: int = 0

    def started(self) -> Appliance:
        """Start the store and wait until it serves."""
        return self.nursery.start(self.data, settings=self.settings).await_ready()

    def pay(self, *, up: bool) -> None:
        """Have the payment provider there or not."""
        assert self.sandbox.control("PUT", "/control/providers/payment", {"up": up})["status"] == 200

    def plan(self, operation: str, fault: str, probability: float) -> None:
        """So many of these calls go wrong."""
        rule = {"operation": operation, "fault": fault, "probability": probability}
        assert self.sandbox.control("POST", "/control/faults", rule)["status"] == 201

    def place(self, appliance: Appliance, number: int) -> None:
        """Place orders until there are so many."""
        asyncio.run(self._place(appliance.port, range(self.placed, number)))
        self.placed = number

    async def _place(self, port: int, numbers: range) -> None:
        waiting = list(numbers)

        async def clerk() -> None:
            connection = await Connection.tcp(port, self.token)
            while waiting:
                number = waiting.pop()
                items = [{"product_id": "tea", "quantity": str(1 + number % 3)}]
                body = {"customer_id": self.customer, "kind": "delivery", "items": items, "shipping_address": ADDRESS}
                answer = await connection.ask("POST", "/orders", body, f"order-{number}")
                assert answer.status in BOOKED, answer.body
            connection.close()

        await asyncio.gather(*[clerk() for _ in range(CLERKS)])

    def sagas(self) -> Counter[str]:
        """How many are in which state."""
        return Counter(dict(rows(self.data, "SELECT status, count(*) FROM sagas GROUP BY status")))

    def ended(self) -> int:
        """How many have ended."""
        found = self.sagas()
        return sum(found[status] for status in ENDED)

    def until_ended(self, number: int, deadline_s: float) -> None:
        """Return once so many have."""
        until = time.monotonic() + deadline_s
        while self.ended() < number:
            assert time.monotonic() < until, self.sagas()
            time.sleep(0.02)

    def judge(self, *, own_stock: bool) -> dict[str, Any]:
        """The sandbox's ledger held against the store's: raises AssertionError where money or goods are astray."""
        ledger = self.sandbox.control("GET", "/ledger")
        judged: dict[str, Any] = ledger["verdict"]
        orders = dict(rows(self.data, "SELECT order_id, status FROM orders"))
        totals = dict(rows(self.data, "SELECT order_id, total FROM orders"))
        kept = judged["kept_by_order"]
        assert judged["problems"] == []
        assert len(orders) == self.placed
        assert set(orders.values()) <= {"confirmed", "failed", "stuck"}
        for order_id, status in orders.items():
            if status != "stuck":
                assert kept.get(order_id, 0) == (totals[order_id] if status == "confirmed" else 0), order_id
        if "stuck" not in orders.values():
            assert judged["captured"] - judged["refunded"] == self._booked()
        assert len(judged["shipments_standing"]) >= Counter(orders.values())["confirmed"]
        self._judge_goods(own_stock, orders, totals, judged)
        assert unheld(self.data) == []
        assert verify(self.data)["status"] == "clean"
        return judged

    def _booked(self) -> int:
        sql = "SELECT section, sum(amount) FROM day_totals WHERE section IN ('sales', 'refunds') GROUP BY 1"
        booked = dict(rows(self.data, sql))
        return int(booked.get("sales", 0) - booked.get("refunds", 0))

    def _judge_goods(self, own: bool, orders: dict[str, str], totals: dict[str, int], judged: dict[str, Any]) -> None:
        left = [order_id for order_id, status in orders.items() if status == "confirmed"]
        if not own:
            assert len(judged["reservations_held"]) == len(left) + Counter(orders.values())["stuck"]
            return
        on_hand, reserved = rows(self.data, "SELECT on_hand_milli, reserved_milli FROM stock WHERE product_id = 'tea'")[
            0
        ]
        sold = sum(totals[order_id] // PRICE for order_id in left)
        assert (on_hand, reserved) == ((FREE - sold) * 1000, 0)


@contextlib.contextmanager
def orders(nursery: Nursery, place: Path, *, own_stock: bool) -> Iterator[Orders]:
    """A stocked store, stopped, and its outside world."""
    with beside(place, "--seed", "7") as sandbox:
        ports = ("payment", "shipping", "notification", *(() if own_stock else ("inventory",)))
        chosen = {port: {"adapter": "rest", "address": sandbox.said["rest"][port], "timeout_s": 2.0} for port in ports}
        found = Orders(nursery, place / "data", sandbox, {"integration": chosen})
        appliance = found.started()
        asyncio.run(_prepared(found, appliance.port))
        appliance.signal(15)
        assert appliance.ended() == 0
        yield found


async def _prepared(found: Orders, port: int) -> None:
    found.token = await stock_up(found.data)
    connection = await Connection.tcp(port, found.token)
    lines = [{"product_id": "tea", "quantity": str(FREE)}]
    assert (await connection.ask("POST", "/stock/receipts", {"lines": lines}, "goods")).status in BOOKED
    answer = await connection.ask("POST", "/customers", ADA, "customer")
    assert answer.status in BOOKED
    found.customer = answer.body["customer_id"]
    connection.close()
