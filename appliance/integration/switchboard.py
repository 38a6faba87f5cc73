"""Which adapter stands behind each port now, and how that changes while the store runs.

A call keeps the adapter it began with. A new adapter takes every call that begins after the switch; the old one is
closed when the last of its calls has ended. What cannot be built (a missing file, a missing package) is refused
before anything is switched: all ports change, or none does.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from appliance.application.outside import Inventory, Notification, Outside, Payment, Shipping
from appliance.errors import SettingsInvalid
from appliance.integration.addresses import Addresses, Discovered, Fixed, Resolver, by_srv
from appliance.integration.breaker import Breaker
from appliance.integration.hosts import Endpoint, Hosts, Resolve, system_resolve
from appliance.integration.line import Ignore, Line, Observe, Transport, is_failure
from appliance.integration.operations import PORTS, Port
from appliance.integration.remote import RemoteInventory, RemoteNotification, RemotePayment, RemoteShipping
from appliance.integration.settings import IntegrationSettings, NotificationSettings, PortSettings
from appliance.integration.switches import (
    InventorySwitch,
    NotificationSwitch,
    PaymentSwitch,
    ShippingSwitch,
    Standing,
    Switch,
)
from appliance.observability.tracing import Tracing

# Loaded when a port asks for it: gRPC is an extra.
TRANSPORTS: Mapping[str, tuple[str, str]] = {
    "rest": ("appliance.integration.over_rest", "RestTransport"),
    "grpc": ("appliance.integration.over_grpc", "GrpcTransport"),
}
REMOTES: Mapping[Port, Callable[[Line], Any]] = {
    "inventory": RemoteInventory,
    "payment": RemotePayment,
    "shipping": RemoteShipping,
    "notification": RemoteNotification,
}
LOCAL = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class Locals:
    """How the adapters that are built in are made, of their settings and what their token file holds."""

    inventory: Callable[[PortSettings, str], Inventory]
    payment: Callable[[PortSettings, str], Payment]
    shipping: Callable[[PortSettings, str], Shipping]
    notification: Callable[[NotificationSettings, str], Notification]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What lines are given beside their settings; a test gives other ones."""

    observe: Observe = field(default_factory=Ignore)
    tracing: Tracing | None = None
    resolve: Resolve = system_resolve
    resolvers: Mapping[str, Callable[[str], Resolver]] = field(default_factory=lambda: {"srv": by_srv})


class Switchboard:
    """All four ports. Made and used on one event loop."""

    def __init__(self, local: Locals, settings: IntegrationSettings, surroundings: Surroundings | None = None) -> None:
        self._local = local
        self._around = surroundings or Surroundings()
        self._closing: set[asyncio.Task[None]] = set()
        built = {port: self._standing(port, getattr(settings, port)) for port in PORTS}
        self._inventory = InventorySwitch(built["inventory"], self._retire)
        self._payment = PaymentSwitch(built["payment"], self._retire)
        self._shipping = ShippingSwitch(built["shipping"], self._retire)
        self._notification = NotificationSwitch(built["notification"], self._retire)
        self._switches: Mapping[Port, Switch[Any]] = {
            "inventory": self._inventory,
            "payment": self._payment,
            "shipping": self._shipping,
            "notification": self._notification,
        }

    @property
    def outside(self) -> Outside:
        """The ports as sagas are given them; they stay the same ones for ever."""
        return Outside(self._inventory, self._payment, self._shipping, self._notification)

    def apply(self, settings: IntegrationSettings) -> tuple[Port, ...]:
        """Switch every port whose settings, or whose token, changed; answers which. Raises SettingsInvalid."""
        changed = {
            port: self._standing(port, wanted)
            for port in PORTS
            if self._differs(self._switches[port].now, wanted := getattr(settings, port), port)
        }
        for port, standing in changed.items():
            self._switches[port].turn(standing)
        return tuple(changed)

    def line(self, port: Port) -> Line | None:
        """The line of a port whose provider is somebody else's."""
        standing: Standing[Any] = self._switches[port].now
        return standing.line

    def describe(self) -> dict[str, dict[str, Any]]:
        """By port: which adapter, whether its breaker lets calls through, how many run; for health."""
        return {port: _described(switch.now) for port, switch in self._switches.items()}

    def states(self) -> dict[str, tuple[float, float, float]]:
        """By port with a line: breaker state, times it opened, calls in flight; for metrics."""
        lines = {port: line for port in PORTS if (line := self.line(port)) is not None}
        return {
            port: (line.breaker.state.value, line.breaker.opened, line.bulkhead.inside) for port, line in lines.items()
        }

    async def close(self) -> None:
        """Close what is open; calls under way break off."""
        for switch in self._switches.values():
            if switch.now.line is not None:
                self._retire(switch.now.line)
        await asyncio.gather(*self._closing)

    def _standing(self, port: Port, settings: PortSettings) -> Standing[Any]:
        token = _token(port, settings)
        if settings.adapter == LOCAL:
            return Standing(settings, token, getattr(self._local, port)(settings, token))
        try:
            line = self._line(port, settings, token)
        except OSError as error:
            raise SettingsInvalid(f"integration.{port}: {error}.") from error
        return Standing(settings, token, REMOTES[port](line), line)

    def _line(self, port: Port, settings: PortSettings, token: str) -> Line:
        transport = _transport_class(port, settings)(settings, token)
        return Line(
            port,
            transport,
            self._addresses(port, settings),
            Hosts(settings, self._around.resolve),
            timeout_s=settings.timeout_s,
            max_concurrent=settings.max_concurrent,
            observe=self._around.observe,
            tracing=self._around.tracing,
            breaker=Breaker(is_failure=is_failure, open_s=settings.breaker_open_s),
        )

    def _addresses(self, port: Port, settings: PortSettings) -> Addresses:
        fallback = Endpoint(settings.place.hostname or "", settings.place.port or 0)
        if not settings.discovery:
            return Fixed(fallback)
        kind, _, name = settings.discovery.partition(":")
        if kind not in self._around.resolvers:
            raise SettingsInvalid(f"integration.{port}.discovery: there is no {kind} to ask here.")
        return Discovered(self._around.resolvers[kind](name), fallback)

    def _differs(self, standing: Standing[Any], wanted: PortSettings, port: Port) -> bool:
        return standing.settings != wanted or standing.token != _token(port, wanted)

    def _retire(self, line: Line) -> None:
        task = asyncio.get_running_loop().create_task(line.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _transport_class(port: Port, settings: PortSettings) -> Callable[[PortSettings, str], Transport]:
    module, name = TRANSPORTS[settings.adapter]
    try:
        made: Callable[[PortSettings, str], Transport] = getattr(importlib.import_module(module), name)
    except ImportError as error:
        detail = f"integration.{port}.adapter is grpc, which is not installed ({error}): pip install 'backroom[grpc]'."
        raise SettingsInvalid(detail) from error
    return made


def _token(port: Port, settings: PortSettings) -> str:
    if settings.token_file is None:
        return ""
    try:
        token = settings.token_file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"integration.{port}.token_file: {error}.") from error
    if not token or not token.isprintable() or " " in token:
        raise SettingsInvalid(f"integration.{port}.token_file: {settings.token_file} holds no token.")
    return token


def _described(standing: Standing[Any]) -> dict[str, Any]:
    line = standing.line
    if line is None:
        return {"adapter": standing.settings.adapter}
    return {
        "adapter": standing.settings.adapter,
        "breaker": line.breaker.state.name.lower(),
        "retry_after_s": round(line.breaker.retry_after_s, 1),
        "in_flight": line.bulkhead.inside,
    }
