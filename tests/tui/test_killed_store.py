"""The store's process is killed under a console, and started again on its data."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.command_line import Backroom, backroom_in
from tests.support.consoles import Terminal
from tests.support.running import running
from tui.app import Console
from tui.client import Address
from tui.settings import Settings

SALE = {
    "register_id": "till-1", "currency": "EUR", "lines": [{"product_id": "coffee-250g"}],
    "tenders": [{"type": "cash", "amount": 10_000}],
}  # fmt: skip


@pytest.fixture
def backroom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backroom:
    return backroom_in(tmp_path, capsys)


async def test_a_console_outlives_the_death_of_its_store(backroom: Backroom) -> None:
    with ExitStack() as stack:
        store = stack.enter_context(running(backroom, "--first-start-catalogue"))
        address = Address(url=store.ready["url"], token=store.ready["token"])
        port = store.ready["url"].rpartition(":")[2]
        console = Console(Settings(address=address, register="till-1"))
        async with console.run_test(size=(80, 24)) as pilot:
            at = Terminal(console, pilot)
            await at.shows("* linked", "Last receipts")
            store.process.kill()
            await at.shows("! store away", "This is how it was at", "comes back by itself", "Last receipts")
            stack.enter_context(running(backroom, "--port", port))
            await at.until(lambda: "* linked" in at.text and "This is how it was" not in at.text)
            booked = store.post("/sales", SALE | {"currency": console.store.currency}, "after-the-death")
            assert booked.is_success, booked.text
            await at.shows("6.49")
