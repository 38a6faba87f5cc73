"""A full disk, on a small file system of its own: refused with 507, read on, sold again when there is room."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.support.appliances import Appliance, Nursery
from tests.faults.support.ledger import Ledger
from tests.faults.support.scale import allowed, scaled
from tests.faults.support.selling import Store, verify
from tests.faults.support.small_disk import small_disk
from tests.faults.support.tills import Tills, sale, stock_up
from tests.faults.support.wire import Connection
from tests.support.polling import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(allowed(300))]

DISK_BYTES = 24 * 1024 * 1024
CYCLES = 4
RECOVERY_SECONDS = 10.0


@pytest.fixture
def disk(place: Path) -> Iterator[Path]:
    """A small disk to put a data directory on."""
    with small_disk(place, DISK_BYTES) as folder:
        yield folder


@pytest.fixture
def store(disk: Path, place: Path, nursery: Nursery) -> Iterator[Store]:
    """A stopped store with a catalogue, on the small disk."""
    data = disk / "data"
    appliance = nursery.start(data).await_ready()
    token = asyncio.run(stock_up(data))
    stop(appliance)
    ledger = Ledger(place / "ledger")
    yield Store(nursery, data, Tills(ledger, token))
    ledger.close()


def stop(appliance: Appliance) -> None:
    appliance.signal(signal.SIGTERM)
    assert appliance.ended() == 0


def fill(disk: Path) -> Path:
    """Use up all the room there is; the file that holds it."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as out:
        for size in (1024 * 1024, 4096, 1):
            try:
                while True:
                    out.write(bytes(size))
            except OSError:
                continue
    return ballast


async def sell_until(store: Store, port: int, done: Callable[[], bool]) -> None:
    """Sell on all tills until it is so."""
    enough = asyncio.Event()
    selling = asyncio.create_task(store.tills.sell(port, enough))
    await asyncio.to_thread(wait_until, done, RECOVERY_SECONDS)
    enough.set()
    await selling


def sold_more(store: Store, by: int) -> Callable[[], bool]:
    """Whether so many more have been acknowledged than now."""
    goal = len(store.ledger.acked) + by
    return lambda: len(store.ledger.acked) >= goal


def refused_more(store: Store) -> Callable[[], bool]:
    """Whether somebody has been told that the disk is full, who had not been until now."""
    goal = store.tills.statuses.get(507, 0) + 1
    return lambda: store.tills.statuses.get(507, 0) >= goal


async def read_on(store: Store, port: int) -> None:
    """What is booked can be read, by day and by product."""
    connection = await Connection.tcp(port, store.tills.token)
    for path in ("/stock/tea", "/products/tea", "/events?limit=5", "/projections"):
        assert (await connection.ask("GET", path)).status == 200
    connection.close()


async def refusal(store: Store, port: int) -> str:
    """What a till is told; a lone sale may still fit where a group did not, but not for long."""
    connection = await Connection.tcp(port, store.tills.token)
    answer = await connection.ask("GET", "/products/tea")
    for reference in (f"lone-{number}" for number in range(200)):
        store.ledger.send(reference)
        answer = await connection.ask("POST", "/sales", sale(reference), reference)
        if answer.status == 507:
            break
        store.ledger.ack(reference, answer.body["receipt_number"])
    connection.close()
    assert (answer.status, answer.headers["content-type"]) == (507, "application/problem+json")
    problem: str = answer.body["detail"]
    return problem


@pytest.mark.promise
def test_a_full_disk_refuses_sales_reads_on_and_sells_again_when_there_is_room(store: Store, disk: Path) -> None:
    appliance = store.started()
    port = appliance.port
    for cycle in range(scaled(CYCLES)):
        asyncio.run(sell_until(store, port, sold_more(store, 20)))
        ballast = fill(disk)
        asyncio.run(sell_until(store, port, refused_more(store)))
        if cycle == 0:
            assert "no room" in asyncio.run(refusal(store, port))
        asyncio.run(read_on(store, port))
        ballast.unlink()
        asyncio.run(sell_until(store, port, sold_more(store, 20)))

    stop(appliance)  # the very same process: it neither crashed nor was started again
    store.settle()
    print(f"disk full: {scaled(CYCLES)} cycles, answers {store.tills.statuses}")
    assert set(store.check().sales) == set(store.ledger.acked)
    assert set(store.tills.statuses) == {201, 507}


@pytest.mark.parametrize("end", ["killed", "stopped"])
def test_a_full_disk_is_no_crash_loop(store: Store, disk: Path, end: str) -> None:
    """Started again on a disk without a byte left: it comes up, sells on what it had set aside, refuses, reads."""
    appliance = store.started()
    asyncio.run(sell_until(store, appliance.port, sold_more(store, 50)))
    if end == "stopped":
        stop(appliance)
    ballast = fill(disk)
    if end == "killed":
        appliance.kill()
    again = store.started()
    asyncio.run(read_on(store, again.port))
    asyncio.run(sell_until(store, again.port, refused_more(store)))
    stop(again)
    again = store.started()
    asyncio.run(read_on(store, again.port))
    ballast.unlink()
    asyncio.run(sell_until(store, again.port, sold_more(store, 20)))
    asyncio.run(store.tills.settle(again.port))

    stop(again)
    assert set(store.check().sales) == set(store.ledger.acked)


def test_a_full_disk_refuses_a_new_customer_whose_key_has_no_room(store: Store, disk: Path) -> None:
    async def register(port: int, number: int) -> int:
        connection = await Connection.tcp(port, store.tills.token)
        body = {"name": "Ada", "email": "ada@example.org"}
        answer = await connection.ask("POST", "/customers", body, f"customer-{number}")
        connection.close()
        return answer.status

    appliance = store.started()
    ballast = fill(disk)
    statuses = [asyncio.run(register(appliance.port, number)) for number in range(200)]
    ballast.unlink()

    assert statuses[-1] == 507
    assert set(statuses) <= {201, 507}
    assert asyncio.run(register(appliance.port, 199)) == 201
    stop(appliance)
    store.check()


def test_a_full_disk_lets_a_store_be_stopped(store: Store, disk: Path) -> None:
    appliance = store.started()
    asyncio.run(sell_until(store, appliance.port, sold_more(store, 20)))
    ballast = fill(disk)

    stop(appliance)

    ballast.unlink()
    assert verify(store.data)["status"] == "clean"
    assert set(store.check().sales) >= set(store.ledger.acked)
