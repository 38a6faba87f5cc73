"""Instances of a provider among the services on head office's NATS, by NATS' own services protocol.

Every instance of a service answers `$SRV.INFO.<name>`; one that is gone does not. It says where it takes calls in its
metadata, as `address`, and may take itself out with `status`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error

from appliance.integration.addresses import LookUpFailed
from appliance.integration.hosts import Endpoint

INFO = "$SRV.INFO"
GATHER_SECONDS = 0.5  # all that are alive answer within
HEALTHY = "up"


class _Info(msgspec.Struct):
    name: str
    id: str
    metadata: dict[str, Any] = {}


class NatsResolver:
    """Asks over the connection that stands now; `connection` answers None while there is none."""

    def __init__(self, name: str, connection: Callable[[], Client | None], gather_s: float = GATHER_SECONDS) -> None:
        self._name = name
        self._connection = connection
        self._gather_s = gather_s

    async def look_up(self) -> Sequence[Endpoint]:
        """Every instance that answers and is well. Raises LookUpFailed."""
        nats = self._connection()
        if nats is None or not nats.is_connected:
            raise LookUpFailed("there is no connection to NATS")
        try:
            answers = await self._gather(nats)
        except (Error, OSError) as error:
            raise LookUpFailed(f"{self._name}: {error}") from error
        found = [endpoint for raw in answers if (endpoint := self._endpoint(raw)) is not None]
        if not found:
            raise LookUpFailed(f"no instance of {self._name} answered that is well")
        return found

    async def _gather(self, nats: Client) -> list[bytes]:
        answers: list[bytes] = []

        async def keep(message: Msg) -> None:
            answers.append(message.data)

        subscription = await nats.subscribe(inbox := nats.new_inbox(), cb=keep)
        try:
            await nats.publish(f"{INFO}.{self._name}", b"", reply=inbox)
            await asyncio.sleep(self._gather_s)  # how many there are nobody knows; whoever is alive answers meanwhile
        finally:
            await subscription.unsubscribe()
        return answers

    def _endpoint(self, raw: bytes) -> Endpoint | None:
        """Where an instance takes calls; None where it is not well, or what it says makes no sense."""
        try:
            info = msgspec.json.decode(raw, type=_Info)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        host, _, port = str(info.metadata.get("address", "")).rpartition(":")
        well = info.name == self._name and info.metadata.get("status", HEALTHY) == HEALTHY
        if not (well and host and port.isdecimal()):
            return None
        return Endpoint(host.strip("[]"), int(port))
