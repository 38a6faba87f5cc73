"""How a console comes to its store: this machine's, the one that the network tells of, or the one it is given."""

import argparse
import asyncio
from pathlib import Path

import pytest

from appliance.mdns import Announcement
from appliance.mdns import announced as telling
from tui.client import Address
from tui.finding import Announced, announced
from tui.reaching import Nowhere, address_of, of_announced

LISBON = Announced("lisbon-3", "Rua Augusta", "https://192.0.2.7:8443", "ABCD")
PORTO = Announced("porto-1", "[red]Ribeira", "https://192.0.2.8:8443", "EF01")
GONE = Path("gone/control.sock")


async def test_a_store_is_found_by_what_it_tells_the_network() -> None:
    told = Announcement("lisbon-3", "Rua Augusta", "127.0.0.1", 8443, "AB:CD")
    async with telling(told), asyncio.timeout(60):
        found: list[Announced] = []
        while not found:
            found = await asyncio.to_thread(announced, ["127.0.0.1"], 1.0)

    assert found == [Announced("lisbon-3", "Rua Augusta", "https://127.0.0.1:8443", "ABCD")]


def test_the_one_store_of_the_network_is_taken_with_its_certificate_and_the_name_that_is_for() -> None:
    address = of_announced([LISBON], GONE, "token", Path("store.pem"))

    assert address == Address(url=LISBON.url, token="token", certificate=Path("store.pem"), host="lisbon-3.local")


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ([], "no store answers at gone/control.sock"),
        ([LISBON, PORTO], "several stores: Rua Augusta (lisbon-3) at https://192.0.2.7:8443; [red]Ribeira (porto-1)"),
        ([LISBON], "--certificate with the store's certificate, whose fingerprint has to be ABCD"),
    ],
)
def test_what_cannot_be_decided_is_said_with_what_to_do(found: list[Announced], told: str) -> None:
    with pytest.raises(Nowhere) as refused:
        of_announced(found, GONE, None, None)

    assert told in str(refused.value)


def test_a_given_address_is_not_looked_for() -> None:
    given = argparse.Namespace(url="https://store-1:8443", token_file=None, certificate=None, socket=None, data=None)

    assert address_of(given).url == "https://store-1:8443"
