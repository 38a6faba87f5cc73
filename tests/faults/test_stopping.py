"""SIGTERM under load: within ten seconds, nothing lost, and whoever was told "booked" was told the truth."""

import asyncio
import signal
import time
from pathlib import Path

import pytest

from tests.faults.support.appliances import Nursery
from tests.faults.support.scale import allowed, scaled
from tests.faults.support.selling import Store, new_store

pytestmark = [pytest.mark.faults, pytest.mark.timeout(allowed(300))]

STOPS = 3
STOP_SECONDS = 10.0


async def sell_and_stop(store: Store, seconds: float, number: signal.Signals) -> tuple[int, float]:
    """Sell, ask it to stop in the middle; its exit code, and how long it took."""
    appliance = store.started()
    selling = asyncio.create_task(store.tills.sell(appliance.port, asyncio.Event()))
    await asyncio.sleep(seconds)
    began = time.monotonic()
    appliance.signal(number)
    code = await asyncio.to_thread(appliance.ended)
    took = time.monotonic() - began
    await selling
    return code, took


@pytest.mark.promise
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_stop_under_load_ends_in_time_and_loses_nothing(
    nursery: Nursery, place: Path, number: signal.Signals
) -> None:
    with new_store(nursery, place, tills=16) as store:
        for _ in range(scaled(STOPS)):
            before = len(store.ledger.acked)
            code, took = asyncio.run(sell_and_stop(store, 0.5, number))
            print(f"{number.name}: {took:.2f} s, {len(store.ledger.acked) - before} sales before it")
            assert (code, took < STOP_SECONDS) == (0, True)
            assert len(store.ledger.acked) > before
            store.check()
        store.settle()

        assert set(store.check().sales) == set(store.ledger.acked)


def test_a_stop_leaves_the_head_file_at_the_end_of_the_log_and_no_wal(nursery: Nursery, place: Path) -> None:
    with new_store(nursery, place) as store:
        asyncio.run(sell_and_stop(store, 0.3, signal.SIGTERM))

        assert not (store.data / "store.db-wal").exists()
        assert not (store.data / "control.sock").exists()
        assert store.check().length > 0


def test_stopped_twice_it_stops_once(nursery: Nursery, place: Path) -> None:
    with new_store(nursery, place) as store:
        appliance = store.started()
        appliance.signal(signal.SIGTERM)
        appliance.signal(signal.SIGTERM)

        assert appliance.ended() == 0
