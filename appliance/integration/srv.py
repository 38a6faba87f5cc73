"""Instances from DNS: the SRV records of a service's name. The one home of dnspython."""

from __future__ import annotations

from collections.abc import Sequence

import dns.asyncresolver
import dns.exception
import dns.rdtypes.IN.SRV

from appliance.integration.addresses import LOOK_UP_SECONDS, LookUpFailed
from appliance.integration.hosts import Endpoint

NOT_OFFERED = "."  # RFC 2782: the service is decidedly not there


class SrvResolver:
    """The targets of the best priority. Their addresses are resolved, and judged, when they are called."""

    def __init__(self, name: str, nameservers: Sequence[str] = (), port: int = 53) -> None:
        self._name = name
        self._nameservers = nameservers
        self._port = port

    async def look_up(self) -> Sequence[Endpoint]:
        """Every target of the lowest priority number. Raises LookUpFailed."""
        try:
            answer = await self._resolver().resolve(self._name, "SRV", lifetime=LOOK_UP_SECONDS)
        except (dns.exception.DNSException, OSError) as error:
            raise LookUpFailed(f"{self._name}: {error}") from error
        records = [each for each in answer if isinstance(each, dns.rdtypes.IN.SRV.SRV)]
        best = min((each.priority for each in records), default=0)
        found = [
            Endpoint(each.target.to_text(omit_final_dot=True), each.port)
            for each in records
            if each.priority == best and each.target.to_text() != NOT_OFFERED
        ]
        if not found:
            raise LookUpFailed(f"{self._name} names no instance")
        return found

    def _resolver(self) -> dns.asyncresolver.Resolver:
        """Made anew each time: the machine's name servers change with its network."""
        resolver = dns.asyncresolver.Resolver(configure=not self._nameservers)
        if self._nameservers:
            resolver.nameservers = list(self._nameservers)
            resolver.port = self._port
        return resolver
