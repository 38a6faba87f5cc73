"""Rounds of selling that end with the store being killed, and what must be true after them."""

import asyncio
import contextlib
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.support.appliances import REPOSITORY, Appliance, Nursery
from tests.faults.support.checker import Book, check
from tests.faults.support.ledger import Ledger
from tests.faults.support.tills import Tills, stock_up


@dataclass
class Store:
    """A data directory, what starts a store on it, and the tills that sell there."""

    nursery: Nursery
    data: Path
    tills: Tills

    @property
    def ledger(self) -> Ledger:
        """What the tills were told."""
        return self.tills.ledger

    def started(self, plant: str = "") -> Appliance:
        """Start it and wait until it serves."""
        return self.nursery.start(self.data, plant).await_ready()

    def sell_and_kill(self, seconds: float, plant: str = "") -> None:
        """Sell for so long, then kill it in the middle of it."""
        asyncio.run(self._sell_and_end(self.started(plant), seconds))

    async def _sell_and_end(self, appliance: Appliance, seconds: float) -> None:
        selling = asyncio.create_task(self.tills.sell(appliance.port, asyncio.Event()))
        await asyncio.sleep(seconds)
        await asyncio.to_thread(appliance.kill)
        await selling

    def settle(self, plant: str = "") -> int:
        """Start it once more, ask about all that is unknown, stop it; how many were unknown."""
        appliance, unknown = self.started(plant), len(self.ledger.unknown)
        asyncio.run(self.tills.settle(appliance.port))
        appliance.signal(15)
        assert appliance.ended() == 0
        return unknown

    def check(self) -> Book:
        """Our own invariants, then the product's `verify`."""
        book = check(self.data, self.ledger.acked, self.ledger.unknown)
        assert verify(self.data) == {"status": "clean", "first_bad_position": None, "problems": []}
        return book


@contextlib.contextmanager
def new_store(nursery: Nursery, place: Path, tills: int = 8) -> Iterator[Store]:
    """A store with a catalogue and nothing sold yet, stopped."""
    data = place / "data"
    appliance = nursery.start(data).await_ready()
    token = asyncio.run(stock_up(data))
    appliance.signal(15)
    assert appliance.ended() == 0
    ledger = Ledger(place / "ledger")
    try:
        yield Store(nursery, data, Tills(ledger, token, tills))
    finally:
        ledger.close()


def verify(data: Path) -> dict[str, Any]:
    """What `backroom verify` says of files that nobody has open."""
    command = [sys.executable, "-m", "appliance", "--data", str(data), "verify", "--json"]
    child = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert child.stdout, child.stderr
    found: dict[str, Any] = json.loads(child.stdout)
    return found


def moment(dice: random.Random) -> float:
    """When to strike: mostly in the thick of it, sometimes at once."""
    return dice.choice((0.0, dice.uniform(0.0, 0.1), dice.uniform(0.05, 0.6), dice.uniform(0.05, 0.6)))
