"""The whole sandbox: a listener for each provider and protocol, so that each can go away alone, and one for control."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from appliance.eventstore.clock import Clock, system_clock
from appliance.integration.operations import PORTS, Port
from appliance.sandbox.control import TRAP, Control
from appliance.sandbox.faults import Plan
from appliance.sandbox.http import LOOPBACK, HttpServer
from appliance.sandbox.ledger import Ledger
from appliance.sandbox.over_rest import RestProvider
from appliance.sandbox.providers import Providers

GRPC_OFFSET = 10  # REST of the first provider is at base + 1, gRPC at base + 11


class Listener(Protocol):
    """A provider's server in one protocol."""

    port: int

    async def start(self) -> None:
        """Listen."""
        ...

    async def stop(self) -> None:
        """Listen no more."""
        ...


class Sandbox:
    """Built by `running`. `plan` and `ledger` are there for whoever runs it in the same process."""

    def __init__(self, ledger: Ledger, plan: Plan, base_port: int, clock: Clock) -> None:
        self.ledger = ledger
        self.plan = plan
        self.providers = Providers(ledger, plan, clock)
        self.control = Control(self.providers, self.addresses, self.set_up)
        self._base = base_port
        self._control_server = HttpServer(self.control.handle, base_port)
        self._rest = {port: self._rest_server(port) for port in PORTS}
        self._grpc: dict[Port, Listener] = {port: server for port in PORTS if (server := self._grpc_server(port))}

    @property
    def url(self) -> str:
        """Where control is."""
        return f"http://{LOOPBACK}:{self._control_server.port}"

    def rest(self, port: Port) -> str:
        """A provider's address, as the settings take it."""
        return f"http://{LOOPBACK}:{self._rest[port].port}"

    def grpc(self, port: Port) -> str:
        """A provider's address, as the settings take it."""
        return f"grpc://{LOOPBACK}:{self._grpc[port].port}"

    @property
    def has_grpc(self) -> bool:
        """Whether grpcio is installed."""
        return bool(self._grpc)

    def addresses(self) -> dict[str, Any]:
        """Where everything is."""
        return {
            "control": self.url,
            "rest": {port: self.rest(port) for port in PORTS},
            "grpc": {port: self.grpc(port) for port in self._grpc},
        }

    async def set_up(self, port: Port, up: bool) -> None:
        """Let a provider listen, or refuse every connection to it, in both protocols."""
        for listener in (self._rest[port], self._grpc.get(port)):
            if listener is not None:
                await listener.stop()
                if up:
                    await listener.start()

    async def start(self) -> None:
        """Listen everywhere. Raises OSError where a port is taken."""
        await self._control_server.start()
        for port in PORTS:
            await self.set_up(port, True)

    async def stop(self) -> None:
        """Listen nowhere."""
        for port in PORTS:
            await self.set_up(port, False)
        await self._control_server.stop()

    def _number(self, port: Port, offset: int) -> int:
        return self._base + offset + PORTS.index(port) + 1 if self._base else 0

    def _rest_server(self, port: Port) -> HttpServer:
        provider = RestProvider(port, self.providers, lambda: f"{self.url}{TRAP}")
        return HttpServer(provider.handle, self._number(port, 0))

    def _grpc_server(self, port: Port) -> Listener | None:
        try:
            module = importlib.import_module("appliance.sandbox.over_grpc")
        except ImportError:
            return None  # grpcio is an extra
        server: Listener = module.GrpcServer(port, self.providers, self._number(port, GRPC_OFFSET))
        return server


@asynccontextmanager
async def running(
    path: Path | str = ":memory:", *, base_port: int = 0, seed: int = 0, clock: Clock = system_clock
) -> AsyncIterator[Sandbox]:
    """A sandbox that serves until the block is left. A base port of 0 takes any that are free."""
    async with AsyncExitStack() as stack:
        ledger = Ledger(path)
        stack.callback(ledger.close)
        sandbox = Sandbox(ledger, Plan(seed), base_port, clock)
        stack.push_async_callback(sandbox.stop)
        await sandbox.start()
        yield sandbox
