"""Where the store is, told to the local network by mDNS (RFC 6762, 6763): tills find it without an address.

It is a convenience and no trust: whoever is on the network can announce anything, so that a till pins the certificate
whose fingerprint a person has compared. The one home of `zeroconf`; loaded only where something is announced.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

import ifaddr
from zeroconf import Error, InterfaceChoice
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

SERVICE = "_backroom._tcp.local."
CLOSE_SECONDS = 2.0  # a goodbye that does not get out holds no stop up; what was told fades away by itself


@dataclass(frozen=True, slots=True)
class Announcement:
    """One store as the network sees it. `host` is the address it listens at; a wildcard means all of the machine's."""

    store_id: str
    name: str
    host: str
    port: int
    fingerprint: str

    def facts(self) -> Mapping[str, str]:
        """The TXT record; keys are part of what tills rely on."""
        return {"id": self.store_id, "name": self.name, "path": "/api/v1", "sha256": self.fingerprint.replace(":", "")}


@contextlib.asynccontextmanager
async def announced(told: Announcement) -> AsyncIterator[None]:
    """While it lasts the network is told; that it cannot be is said once, and is no reason not to sell."""
    task = asyncio.create_task(_announce(told))  # beside the store: names on the network are probed for a second
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=CLOSE_SECONDS)


async def _announce(told: Announcement) -> None:
    try:
        async with _network(told) as network:
            await network.async_register_service(_service(told), allow_name_change=True)
            await asyncio.Event().wait()
    except (OSError, Error) as error:
        sys.stderr.write(f"backroom: the network is not told where the store is: {error}\n")


@contextlib.asynccontextmanager
async def _network(told: Announcement) -> AsyncIterator[AsyncZeroconf]:
    every = ipaddress.ip_address(told.host).is_unspecified
    network = AsyncZeroconf(interfaces=InterfaceChoice.All if every else [told.host])
    try:
        yield network
    finally:
        await network.async_close()  # says goodbye, so that nobody tries an address that has gone


def _service(told: Announcement) -> AsyncServiceInfo:
    return AsyncServiceInfo(
        SERVICE,
        f"{told.store_id}.{SERVICE}",
        port=told.port,
        properties=dict(told.facts()),
        server=f"{told.store_id}.local.",
        parsed_addresses=list(addresses(told.host)),
    )


def addresses(host: str) -> Sequence[str]:
    """Where others reach a listener at `host`: itself, or every address of the machine that is not its own loop."""
    if not ipaddress.ip_address(host).is_unspecified:
        return [host]
    every = (str(each.ip) for adapter in ifaddr.get_adapters() for each in adapter.ips if each.is_IPv4)
    return sorted(each for each in every if not ipaddress.ip_address(each).is_loopback)
