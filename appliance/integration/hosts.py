"""Where calls may go: to hosts that the settings name, at addresses that were looked at before connecting to them.

A name is resolved here, every address it has is judged, and the connection is made to the very address that passed: a
name server that answers differently a moment later changes nothing. Whatever the name, an address that only this
machine or its link knows is refused unless the settings say so.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from appliance.application.outside import NotSent
from appliance.integration.settings import PortSettings, is_loopback

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

RETRY_SECONDS = 30.0  # a host that may not be called becomes no better within seconds


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One instance of a provider, by name."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Target:
    """An instance that may be called, and the address that was checked for it."""

    endpoint: Endpoint
    ip: str

    @property
    def bracketed(self) -> str:
        """The address as it stands in a URL."""
        return f"[{self.ip}]" if ":" in self.ip else self.ip


async def system_resolve(host: str, port: int) -> Sequence[str]:
    """All addresses of a host, as the operating system knows them. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


class Hosts:
    """What the settings of one port allow."""

    def __init__(self, settings: PortSettings, resolve: Resolve = system_resolve) -> None:
        self._own = settings.place.hostname or ""
        self._others = settings.hosts
        self._tls = settings.tls
        self._loopback = settings.loopback or is_loopback(self._own)
        self._resolve = resolve

    def allows(self, host: str) -> bool:
        """Whether the settings name this host."""
        return host == self._own or any(
            host.endswith(each) if each.startswith(".") else host == each for each in self._others
        )

    async def target(self, endpoint: Endpoint) -> Target:
        """Where to connect to. Raises NotSent."""
        host = endpoint.host
        if not self.allows(host):
            detail = f"{host} is not among the hosts that the settings allow."
            raise NotSent("host-not-allowed", detail, retry_after_s=RETRY_SECONDS)
        addresses = [host] if _is_address(host) else await self._addresses(endpoint)
        for each in addresses:
            if (why := self._objection(ipaddress.ip_address(each.partition("%")[0]), host)) is not None:
                detail = f"{host} leads to {each}, {why}."
                raise NotSent("address-not-allowed", detail, retry_after_s=RETRY_SECONDS)
        return Target(endpoint, addresses[0])

    async def _addresses(self, endpoint: Endpoint) -> Sequence[str]:
        try:
            found = await self._resolve(endpoint.host, endpoint.port)
        except (OSError, UnicodeError) as error:
            raise NotSent("name-not-found", f"{endpoint.host} cannot be resolved: {error}.") from error
        if not found:
            raise NotSent("name-not-found", f"{endpoint.host} has no address.")
        return found

    def _objection(self, ip: IpAddress, host: str) -> str | None:
        plain = getattr(ip, "ipv4_mapped", None) or ip
        if plain.is_loopback:
            return None if self._loopback else "which is this machine itself"
        if not self._tls:
            return "which is not this machine, and the call is not encrypted"
        if str(ip) == host == self._own:
            return None  # the operator wrote this very address
        local = plain.is_link_local or plain.is_multicast or plain.is_unspecified or plain.is_reserved
        return "which no provider can have" if local else None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
