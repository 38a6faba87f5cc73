"""The store as a NATS service: `nats micro` at head office finds every store and asks each how it is.

`$SRV.PING`, `$SRV.INFO` and `$SRV.STATS` are answered by the library; `diag.<store>.health` answers what GET /sync
does. Names of services are seen by all of head office, so nothing secret stands in them.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from nats.micro import add_service
from nats.micro.request import Request
from nats.micro.service import EndpointConfig, ServiceConfig

from appliance.sync import subjects
from appliance.sync.connection import Session

Status = Callable[[], Awaitable[dict[str, Any]]]


class Diagnostics:
    """A part of the link."""

    def __init__(self, store_id: str, version: str, status: Status) -> None:
        self._store_id = store_id
        self._version = version
        self._status = status

    async def __call__(self, session: Session) -> None:
        """Answer for as long as the connection lasts."""
        config = ServiceConfig(
            name=subjects.DIAGNOSTICS_SERVICE,
            version=self._version,
            description="A store's back room",
            metadata={"store": self._store_id},
        )
        service = await add_service(session.client, config)
        subject = subjects.health_subject(self._store_id)
        await service.add_endpoint(EndpointConfig(name="health", subject=subject, handler=self._health))
        await session.ended.wait()

    async def _health(self, request: Request) -> None:
        await request.respond(json.dumps(await self._status()).encode())
