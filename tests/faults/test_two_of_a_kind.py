"""Two processes on one data directory, and one data directory in two places."""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.support.appliances import REPOSITORY, Nursery
from tests.faults.support.checker import Book, check
from tests.faults.support.ledger import Ledger
from tests.faults.support.scale import allowed
from tests.faults.support.selling import Store, new_store
from tests.faults.support.tills import Tills

pytestmark = [pytest.mark.faults, pytest.mark.timeout(allowed(300))]


async def sell(store: Store, port: int, seconds: float) -> None:
    enough = asyncio.Event()
    selling = asyncio.create_task(store.tills.sell(port, enough))
    await asyncio.sleep(seconds)
    enough.set()
    await selling


def sell_for(store: Store, seconds: float) -> None:
    """A start, some sales, a stop."""
    appliance = store.started()
    asyncio.run(sell(store, appliance.port, seconds))
    appliance.signal(signal.SIGTERM)
    assert appliance.ended() == 0


def copied(store: Store, place: Path, name: str) -> Store:
    """A copy of the data directory under another name, with tills that go on where the old ones are."""
    data = shutil.copytree(store.data, place / name, ignore=shutil.ignore_patterns("control.sock"))
    shutil.copy2(store.ledger.path, place / f"{name}.ledger")
    ledger = Ledger(place / f"{name}.ledger", set(store.ledger.sent), dict(store.ledger.acked))
    tills = Tills(ledger, store.tills.token, store.tills.count, prefix=name)
    return Store(store.nursery, data, tills)


def book_of(store: Store) -> Book:
    return check(store.data, store.ledger.acked, store.ledger.unknown)


def issued_after(store: Store, before: Book) -> set[str]:
    """The receipt numbers given out since."""
    return set(book_of(store).receipt_numbers) - set(before.receipt_numbers)


def test_a_second_process_on_the_directory_refuses_and_the_first_sells_on(nursery: Nursery, place: Path) -> None:
    with new_store(nursery, place) as store:
        first = store.started()
        second = nursery.start(store.data)

        assert second.ended() != 0
        assert "in use by process" in nursery.said.read_text()
        asyncio.run(sell(store, first.port, 0.3))
        assert (store.data / "control.sock").exists()
        first.signal(signal.SIGTERM)
        assert first.ended() == 0
        assert len(store.ledger.acked) > 0
        store.check()


def test_a_command_line_beside_a_running_store_goes_through_its_socket(nursery: Nursery, place: Path) -> None:
    with new_store(nursery, place) as store:
        appliance = store.started()
        asyncio.run(sell(store, appliance.port, 0.2))
        command = [sys.executable, "-m", "appliance", "--data", str(store.data), "verify", "--json"]
        child = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
        appliance.signal(signal.SIGTERM)

        assert json.loads(child.stdout)["status"] == "clean"
        assert appliance.ended() == 0


def test_a_killed_process_leaves_no_lock_behind(nursery: Nursery, place: Path) -> None:
    with new_store(nursery, place) as store:
        store.started().kill()

        store.started().kill()


@pytest.mark.promise
def test_a_copied_directory_and_its_original_never_give_the_same_number(nursery: Nursery, place: Path) -> None:
    with new_store(nursery, place) as store:
        sell_for(store, 0.3)
        before, copy = book_of(store), copied(store, place, "copy")
        for each in (store, copy):
            sell_for(each, 0.3)

        ours, theirs = issued_after(store, before), issued_after(copy, before)
        assert len(ours) > 0
        assert len(theirs) > 0
        assert ours.isdisjoint(theirs)
        copy.check()
        store.check()


@pytest.mark.promise
def test_a_directory_copied_while_it_sells_is_a_whole_store_of_its_own(nursery: Nursery, place: Path) -> None:
    """As a careless backup does it: file by file, under load. What it has is a prefix; it says that it was copied."""
    with new_store(nursery, place) as store:
        appliance = store.started()
        asyncio.run(sell(store, appliance.port, 0.3))
        appliance.signal(signal.SIGSTOP)
        before = set(store.ledger.acked)
        copy = copied(store, place, "copy")
        appliance.signal(signal.SIGCONT)
        asyncio.run(sell(store, appliance.port, 0.3))
        appliance.signal(signal.SIGTERM)
        assert appliance.ended() == 0
        sell_for(copy, 0.3)

        assert before <= set(book_of(copy).sales)
        assert set(book_of(store).receipt_numbers) & set(book_of(copy).receipt_numbers) == {
            store.ledger.acked[reference] for reference in before
        }


def test_an_older_copy_put_back_gives_no_number_again(nursery: Nursery, place: Path) -> None:
    with new_store(nursery, place) as store:
        sell_for(store, 0.2)
        backup = shutil.copy2(store.data / "store.db", place / "backup.db")
        sell_for(store, 0.2)
        lost = set(book_of(store).receipt_numbers)
        shutil.copyfile(backup, store.data / "store.db")
        restored = copied(store, place, "restored")
        restored.ledger.acked.clear()  # what was sold after the backup is gone, and the till must not ask for it
        restored.ledger.sent.clear()
        appliance = restored.started()
        asyncio.run(sell(restored, appliance.port, 0.2))
        appliance.signal(signal.SIGTERM)
        assert appliance.ended() == 0

        issued = set(restored.ledger.acked.values())
        assert len(issued) > 0
        assert issued.isdisjoint(lost)
        assert {number.split("-")[-2] for number in issued} == {"2"}
