"""Instances of providers over the store's own link to head office; nothing of NATS is loaded where it is not asked."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from appliance.integration.addresses import Resolver

if TYPE_CHECKING:
    from nats.aio.client import Client

    from appliance.sync.upstream import Upstream

DISCOVERY = "appliance.sync.discovery"


class NatsServices:
    """Resolvers over the store's own connection to head office, once there is one: lines are made before it is."""

    upstream: Upstream | None = None

    def resolver(self, name: str) -> Resolver:
        """Finds the instances of a service."""
        found: Resolver = importlib.import_module(DISCOVERY).NatsResolver(name, self._client)
        return found

    def _client(self) -> Client | None:
        return None if self.upstream is None else self.upstream.client
