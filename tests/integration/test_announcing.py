"""The store tells the network where it is, and takes it back when it stops."""

import asyncio
import hashlib
import ssl
from pathlib import Path
from typing import Any

import pytest
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from appliance.config import load
from appliance.errors import SettingsInvalid
from appliance.mdns import SERVICE, Announcement, addresses, announced
from tests.support.command_line import backroom_in
from tests.support.polling import settled
from tests.support.running import running

LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104  what a store that serves the network listens at
TOLD = Announcement("lisbon-3", "Rua Augusta", LOOPBACK, 8443, "AB:CD")
NAME = f"{TOLD.store_id}.{SERVICE}"


async def asked(network: AsyncZeroconf, milliseconds: int) -> AsyncServiceInfo | None:
    """What the network answers a till that asks."""
    info = AsyncServiceInfo(SERVICE, NAME)
    return info if await info.async_request(network.zeroconf, milliseconds) else None


async def found(network: AsyncZeroconf) -> AsyncServiceInfo:
    async with asyncio.timeout(60):
        while (answer := await asked(network, 500)) is None:
            pass
        return answer


async def test_a_till_that_knows_only_the_store_s_name_finds_the_one_that_runs_and_what_it_presents(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backroom = backroom_in(tmp_path, capsys)
    served = f'id = "{TOLD.store_id}"\n\n[tls]\nhost = "{LOOPBACK}"\nport = 0\n'
    backroom.config.write_text(backroom.config.read_text() + served)
    network = AsyncZeroconf(interfaces=[LOOPBACK])
    try:
        with running(backroom) as store:
            answer = await found(network)
            (address,) = answer.parsed_addresses()
            presented = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((address, answer.port or 0)))

            assert store.ready["lan_url"] == f"https://{address}:{answer.port}"
            assert answer.decoded_properties["sha256"] == hashlib.sha256(presented).hexdigest().upper()
    finally:
        await network.async_close()


async def test_a_till_finds_the_store_and_what_to_compare() -> None:
    network = AsyncZeroconf(interfaces=[LOOPBACK])
    try:
        async with announced(TOLD):
            answer = await found(network)

        assert (answer.port, answer.parsed_addresses()) == (8443, [LOOPBACK])
        assert answer.decoded_properties == {
            "id": "lisbon-3",
            "name": "Rua Augusta",
            "path": "/api/v1",
            "sha256": "ABCD",
        }
    finally:
        await network.async_close()


async def test_a_network_that_cannot_be_told_is_said_and_keeps_nobody_from_selling(
    capsys: pytest.CaptureFixture[str],
) -> None:
    nowhere = Announcement("lisbon-3", "Rua Augusta", "192.0.2.1", 8443, "AB:CD")

    async with announced(nowhere):
        said: list[str] = []

        async def happened() -> bool:
            said.append(capsys.readouterr().err)
            return "is not told" in "".join(said)

        await settled(happened)

    assert "".join(said).count("\n") == 1


def test_a_wildcard_is_told_as_the_addresses_others_can_use() -> None:
    told = addresses(EVERYWHERE)

    assert EVERYWHERE not in told
    assert LOOPBACK not in told


@pytest.mark.parametrize(
    ("settings", "announces"),
    [
        ({}, False),
        ({"tls": {"host": EVERYWHERE}}, True),
        ({"tls": {"host": EVERYWHERE}, "lan": {"announce": False}}, False),
    ],
)
def test_only_what_is_served_on_the_network_is_announced(settings: dict[str, Any], *, announces: bool) -> None:
    assert load(**settings).announced is announces


def test_an_announcement_of_nothing_is_refused_with_what_to_set() -> None:
    with pytest.raises(SettingsInvalid, match=r"tls\.host"):
        load(lan={"announce": True})
