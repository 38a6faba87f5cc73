"""The wall clock jumps by hours and by more than a year, or the machine sleeps, while orders are on their way."""

import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.faults.support.scale import allowed
from tests.support.command_line import Backroom, backroom_in
from tests.support.fulfilling import ADA, ADDRESS
from tests.support.polling import wait_until
from tests.support.running import Running, running
from tests.support.sagas import unheld
from tests.support.sandboxes import Beside, beside
from tests.support.store_config import CONFIG
from tests.support.stores import rows

pytestmark = [pytest.mark.faults, pytest.mark.timeout(allowed(400))]

SOURCE = Path(__file__).parent / "support" / "clock.c"
HOURS, DAYS = 3600, 86_400
JUMPS = (2 * HOURS, -2 * HOURS, 400 * DAYS, 0)
LOST = {"operation": "charge", "fault": "timeout", "count": 1}  # made, and nobody is told


@dataclass
class World:
    """A store whose clock can be set, what stands around it, and the orders placed."""

    backroom: Backroom
    sandbox: Beside
    clock: Path
    patch: pytest.MonkeyPatch
    library: Path
    customer: str = ""
    product: str = ""
    placed: int = 0
    off: int = 0
    slept: int = 0

    def stock(self, store: Running) -> None:
        """Have a customer, and twenty of something to order."""
        self.customer = store.post("/customers", ADA, "customer").json()["customer_id"]
        self.product = self.backroom.answer("products", "list")["items"][0]["product_id"]
        self.backroom.ok("stock", "count", f"{self.product}=20")

    def set_clock(self, seconds: int) -> None:
        """Move the store's wall clock to so far from the real one."""
        self.off = seconds
        self._write()

    def sleep(self, seconds: int) -> None:
        """Have the machine sleep for so long: the wall clock and the boot clock go on without it."""
        self.slept += seconds
        self._write()

    def _write(self) -> None:
        with self.clock.open("r+b") as out:
            out.write(struct.pack("=qq", self.off, self.slept))

    @contextmanager
    def started(self) -> Iterator[Running]:
        """The store, under that clock."""
        with self.patch.context() as patch:
            patch.setenv("LD_PRELOAD", str(self.library))
            patch.setenv("CLOCK_FILE", str(self.clock))
            with running(self.backroom, "--first-start-catalogue") as store:
                patch.undo()  # what else is started keeps the real clock
                yield store

    def order(self, store: Running, kind: str) -> str:
        """Place one; its id."""
        self.placed += 1
        body = {
            "customer_id": self.customer,
            "kind": kind,
            "items": [{"product_id": self.product, "quantity": "1"}],
            "shipping_address": ADDRESS if kind == "delivery" else None,
        }
        answer = store.post("/orders", body, f"order-{self.placed}")
        assert answer.status_code == 201, answer.text
        return str(answer.json()["order_id"])

    def reached(self, order_id: str, status: str) -> None:
        """Return once the order has got there."""

        def there() -> bool:
            return bool(
                rows(self.backroom.data, "SELECT 1 FROM orders WHERE order_id = ? AND status = ?", order_id, status)
            )

        wait_until(there, allowed(60))

    def pay(self, *, up: bool) -> None:
        """Have the payment provider there or not."""
        assert self.sandbox.control("PUT", "/control/providers/payment", {"up": up})["status"] == 200

    def at_the_provider(self, charges: int) -> None:
        """Return once so many charges have been made."""
        wait_until(lambda: len(self.charges()) >= charges, allowed(60))

    def charges(self) -> list[Any]:
        """What the payment provider has taken."""
        return [each for each in self.sandbox.control("GET", "/ledger")["payment"] if each["operation"] == "charge"]


@pytest.fixture
def world(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed: the clock that jumps cannot be built")
    library, clock = tmp_path / "clock.so", tmp_path / "clock"
    subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], check=True, capture_output=True)
    clock.write_bytes(bytes(16))
    backroom = backroom_in(tmp_path, capsys)
    with beside(tmp_path) as sandbox:
        ports = [
            f'[integration.{port}]\nadapter = "rest"\naddress = "{sandbox.said["rest"][port]}"\n'
            "timeout_s = 2.0\nbreaker_open_s = 1.0\n"
            for port in ("payment", "shipping", "notification")
        ]
        backroom.config.write_text("\n".join([CONFIG, *ports]))
        yield World(backroom, sandbox, clock, monkeypatch, library)


def test_orders_end_as_they_would_have_whatever_the_wall_clock_says(world: World) -> None:
    with world.started() as store:
        world.stock(store)
        world.pay(up=False)
        held, waiting = world.order(store, "delivery"), world.order(store, "pickup")
        world.reached(held, "reserved")
        world.reached(waiting, "awaiting_pick")
        for jump in JUMPS[:2]:
            world.set_clock(jump)
        world.pay(up=True)
        world.reached(held, "confirmed")

        for made, jump in enumerate(JUMPS, 2):
            world.sandbox.control("POST", "/control/faults", LOST)
            under_way = world.order(store, "delivery")
            world.at_the_provider(made)  # the answer is not there yet: to be asked about later
            world.set_clock(jump)
            world.reached(under_way, "confirmed")
            world.reached(waiting, "awaiting_pick")

        world.set_clock(400 * DAYS)
        world.sandbox.control("POST", "/control/faults", LOST)
        killed = world.order(store, "delivery")
        world.at_the_provider(len(JUMPS) + 2)
        store.process.kill()
        store.process.wait(30)
    world.set_clock(-2 * HOURS)
    with world.started() as store:
        world.reached(killed, "confirmed")
        world.reached(waiting, "awaiting_pick")
        world.backroom.ok("orders", "pick", waiting)
        world.reached(waiting, "ready_for_collection")
        world.backroom.ok("orders", "handover", waiting)
        world.reached(waiting, "confirmed")
        assert world.backroom.answer("sagas", "list", "--status", "stuck")["items"] == []
        assert world.backroom.answer("dead-letters", "list")["items"] == []
        assert store.stop() == 0
    judge(world)


def test_orders_go_on_after_the_machine_slept_and_what_nobody_came_for_goes_back(world: World) -> None:
    with world.started() as store:
        world.stock(store)
        world.pay(up=False)
        held, waiting = world.order(store, "delivery"), world.order(store, "pickup")
        world.reached(held, "reserved")
        world.reached(waiting, "awaiting_pick")
        world.sleep(2 * HOURS)
        world.pay(up=True)
        world.reached(held, "confirmed")

        world.sandbox.control("POST", "/control/faults", LOST)
        under_way = world.order(store, "delivery")
        world.at_the_provider(2)
        world.sleep(2 * HOURS)
        world.reached(under_way, "confirmed")
        world.reached(waiting, "awaiting_pick")

        world.sleep(8 * DAYS)  # longer than anybody may take to pick
        world.reached(waiting, "expired")
        assert world.backroom.answer("sagas", "list", "--status", "stuck")["items"] == []
        assert store.stop() == 0
    data, judged = world.backroom.data, world.sandbox.control("GET", "/ledger")["verdict"]
    assert (judged["problems"], len(world.charges()), set(judged["kept_by_order"])) == ([], 2, {held, under_way})
    assert rows(data, "SELECT on_hand_milli, reserved_milli FROM stock WHERE product_id = ?", world.product) == [
        (18_000, 0)
    ]
    assert rows(data, "SELECT * FROM reservations") + rows(data, "SELECT * FROM messages") == []
    assert unheld(data) == []


def judge(world: World) -> None:
    """Everybody paid once, the goods left once, nothing is held, and the store did see another clock."""
    data, judged = world.backroom.data, world.sandbox.control("GET", "/ledger")["verdict"]
    assert judged["problems"] == []
    assert judged["kept_by_order"] == dict(rows(data, "SELECT order_id, total FROM orders"))
    assert len(judged["kept_by_order"]) == world.placed
    assert dict(rows(data, "SELECT status, count(*) FROM sagas GROUP BY status")) == {"completed": world.placed}
    assert rows(data, "SELECT on_hand_milli, reserved_milli FROM stock WHERE product_id = ?", world.product) == [
        ((20 - world.placed) * 1000, 0)
    ]
    assert rows(data, "SELECT * FROM reservations") + rows(data, "SELECT * FROM messages") == []
    assert unheld(data) == []
    assert world.backroom.ok("verify").code == 0
    [(first, last)] = rows(
        data,
        "SELECT min(json_extract(record, '$.occurred_at')), max(json_extract(record, '$.occurred_at')) FROM events",
    )
    assert int(last[:4]) > int(first[:4])
