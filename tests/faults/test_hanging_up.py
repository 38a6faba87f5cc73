"""Tills that hang up: at any byte of the request, at any moment of the wait, in the middle of the answer."""

import asyncio
import os
import random
from pathlib import Path

import pytest

from tests.faults.support.appliances import Appliance, Nursery
from tests.faults.support.scale import SEED, allowed, dice, scaled
from tests.faults.support.selling import Store, new_store
from tests.faults.support.tills import sale
from tests.faults.support.wire import Broken, Connection

pytestmark = [pytest.mark.faults, pytest.mark.timeout(allowed(300))]

HANG_UPS = 600
AT_ONCE = 20


async def hang_up(store: Store, port: int, reference: str, draws: random.Random) -> None:
    """Send a sale, or part of it, wait a little or not, and be gone."""
    connection = await Connection.tcp(port, store.tills.token)
    request = connection.request("POST", "/sales", sale(reference), reference)
    sent = draws.choice((len(request), len(request), draws.randrange(len(request))))
    store.ledger.send(reference)
    connection.writer.write(request[:sent])
    if sent == len(request):
        wait = draws.choice((0.0, draws.uniform(0.0, 0.003), draws.uniform(0.0, 0.02)))
        await asyncio.sleep(wait)
        if draws.random() < 0.3:
            await asyncio.wait_for(connection.reader.read(draws.randrange(1, 40)), 10)
    abort(connection, draws)


def abort(connection: Connection, draws: random.Random) -> None:
    """Close politely, or as a cut cable does."""
    if draws.random() < 0.5:
        connection.writer.transport.abort()
    else:
        connection.close()


async def hang_up_often(store: Store, port: int, count: int) -> None:
    draws, honest_done = dice("hang up"), asyncio.Event()
    honest = asyncio.create_task(store.tills.sell(port, honest_done))  # others go on selling meanwhile
    for start in range(0, count, AT_ONCE):
        await asyncio.gather(
            *[hang_up(store, port, f"gone-{number}", draws) for number in range(start, min(start + AT_ONCE, count))]
        )
    honest_done.set()
    await honest


def open_files(appliance: Appliance) -> int:
    return len(os.listdir(f"/proc/{appliance.pid}/fd"))  # noqa: PTH208  a count of names is all that is wanted


def threads(appliance: Appliance) -> int:
    return len(os.listdir(f"/proc/{appliance.pid}/task"))  # noqa: PTH208  the same


async def still_held(appliance: Appliance, allowed: int) -> int:
    """How many files are open once the ones of the gone have been closed."""
    for _ in range(100):
        if open_files(appliance) <= allowed:
            break
        await asyncio.sleep(0.05)
    return open_files(appliance)


@pytest.mark.promise
def test_whoever_hangs_up_is_booked_once_or_not_at_all_and_can_ask(nursery: Nursery, place: Path) -> None:
    with new_store(nursery, place, tills=4) as store:
        store.tills.asks_again = False  # who hung up is left alone until the end
        appliance = store.started()
        asyncio.run(hang_up_often(store, appliance.port, AT_ONCE))  # threads and caches are there now
        files, tasks = open_files(appliance), threads(appliance)

        asyncio.run(hang_up_often(store, appliance.port, scaled(HANG_UPS)))

        assert asyncio.run(still_held(appliance, files + 2)) <= files + 2
        assert threads(appliance) <= tasks + 2
        gone = {reference for reference in store.ledger.unknown if reference.startswith("gone")}
        appliance.signal(15)
        assert appliance.ended() == 0
        booked = gone & set(store.check().sales)
        store.settle()
        print(f"hang-ups: {len(gone)}, of which {len(booked)} were booked, seed {SEED}")
        assert 0 < len(booked) < len(gone)
        assert set(store.check().sales) == set(store.ledger.acked)


def test_a_request_that_never_ends_keeps_nobody_else_from_selling(nursery: Nursery, place: Path) -> None:
    async def drip(store: Store, port: int) -> None:
        silent = [await Connection.tcp(port, store.tills.token) for _ in range(50)]
        for number, each in enumerate(silent):
            request = each.request("POST", "/sales", sale(f"drip-{number}"), f"drip-{number}")
            each.writer.write(request[: len(request) - 1])
        done = asyncio.Event()
        selling = asyncio.create_task(store.tills.sell(port, done))
        await asyncio.sleep(0.3)
        done.set()
        await selling
        for each in silent:
            each.close()

    with new_store(nursery, place) as store:
        appliance = store.started()
        asyncio.run(drip(store, appliance.port))
        appliance.signal(15)

        assert appliance.ended() == 0
        assert len(store.ledger.acked) > 20
        assert set(store.check().sales) == set(store.ledger.acked)


async def test_a_till_that_reaches_nobody_knows_so() -> None:
    with pytest.raises(Broken):
        await Connection.tcp(1, "")
