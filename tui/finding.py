"""Finding a store on the network by mDNS. It says where a store is and proves nothing: the certificate does that.

Loaded only where no store on this machine answers and no address was given.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from zeroconf import Error, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

SERVICE = "_backroom._tcp.local."
SEARCH_SECONDS = 3.0
ASK_MILLISECONDS = 2_000


@dataclass(frozen=True, slots=True)
class Announced:
    """What a store tells the network of itself."""

    store_id: str
    name: str
    url: str
    fingerprint: str

    @property
    def host(self) -> str:
        """The name its certificate is for, whatever address it was found at."""
        return f"{self.store_id}.local"


def announced(interfaces: list[str] | None = None, search_s: float = SEARCH_SECONDS) -> list[Announced]:
    """Every store that answers within the time; none where there is no network to ask."""
    return asyncio.run(_search(interfaces, search_s))


async def _search(interfaces: list[str] | None, search_s: float) -> list[Announced]:
    names: set[str] = set()

    def changed(zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        del zeroconf, service_type
        if state_change is not ServiceStateChange.Removed:
            names.add(name)

    try:
        network = AsyncZeroconf() if interfaces is None else AsyncZeroconf(interfaces=interfaces)
    except (OSError, Error):
        return []
    try:
        browser = AsyncServiceBrowser(network.zeroconf, SERVICE, handlers=[changed])
        await asyncio.sleep(search_s)
        await browser.async_cancel()
        found = await asyncio.gather(*[_ask(network, each) for each in sorted(names)])
        return [each for each in found if each is not None]
    finally:
        await network.async_close()


async def _ask(network: AsyncZeroconf, name: str) -> Announced | None:
    info = AsyncServiceInfo(SERVICE, name)
    if not await info.async_request(network.zeroconf, ASK_MILLISECONDS) or not info.parsed_addresses():
        return None
    facts = {key: value or "" for key, value in info.decoded_properties.items()}
    address = info.parsed_addresses()[0]
    host = f"[{address}]" if ":" in address else address
    url = f"https://{host}:{info.port}"
    return Announced(facts.get("id", ""), facts.get("name", ""), url, facts.get("sha256", ""))
