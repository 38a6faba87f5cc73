"""Who stands behind each port: the section `[integration.<port>]` of the settings."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

_Section = ConfigDict(frozen=True, extra="forbid")

SCHEMES = {"rest": {"https": True, "http": False}, "grpc": {"grpcs": True, "grpc": False}}  # adapter: scheme: TLS
RESOLVERS = ("srv", "nats")
LONGEST_PORT = 65535


class PortSettings(BaseModel):
    """One port: which adapter, where its provider is, and how much a call may cost."""

    model_config = _Section

    adapter: Literal["local", "rest", "grpc"] = "local"
    """`local` is built in; the others speak the protocol of docs/reference/integration.md."""
    address: str = ""
    """`https://host:port` for rest, `grpcs://host:port` for grpc; without TLS (`http`, `grpc`) on loopback only."""
    discovery: str = ""
    """`srv:_payment._tcp.example.org` or `nats:payment`: where instances are looked up; `address` is the fallback."""
    hosts: tuple[str, ...] = ()
    """Hosts that discovery may name beside the address's own; `.example.org` allows all below it."""
    loopback: bool = False
    """Whether a name may lead to this machine itself; an address that says so outright always may."""
    timeout_s: float = Field(10.0, gt=0, le=20)
    """A whole call, from connecting to the answer's last byte; a saga's step may take 30 s, the wait included."""
    max_concurrent: int = Field(16, ge=1, le=256)
    """Calls at once; more wait their turn for 5 s."""
    breaker_open_s: float = Field(30.0, gt=0, le=600)
    """How long a provider that failed five times in a row is left alone before one call tries it again."""
    max_answer_bytes: int = Field(262_144, ge=1024, le=16_777_216)
    """A longer answer is not read."""
    token_file: Path | None = None
    """Holds the bearer token that the provider asks for; read when the settings are."""
    ca_file: Path | None = None
    """Certificates to trust instead of the machine's own."""

    @model_validator(mode="after")
    def _reachable(self) -> PortSettings:
        if self.adapter != "local":
            _check_address(self.adapter, self.address)
            _check_discovery(self.discovery)
        return self

    @property
    def place(self) -> SplitResult:
        """The address in parts; checked when the settings were read."""
        return urlsplit(self.address)

    @property
    def tls(self) -> bool:
        """Whether calls are encrypted."""
        return SCHEMES[self.adapter][self.place.scheme]


class NotificationSettings(PortSettings):
    """Who tells the customer; `local` writes a log, or sends mail where `smtp_host` is given."""

    smtp_host: str = ""
    """The mail server; empty: messages are only logged."""
    smtp_port: int = Field(587, ge=1, le=LONGEST_PORT)
    """Its port."""
    smtp_from: str = ""
    """The sender's address."""
    smtp_user: str = ""
    """Whom to log in as; the password is what `token_file` holds."""
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    """How mail is kept from being read on its way."""


class IntegrationSettings(BaseModel):
    """All four ports. These may change while the store runs."""

    model_config = _Section

    inventory: PortSettings = PortSettings()
    payment: PortSettings = PortSettings()
    shipping: PortSettings = PortSettings()
    notification: NotificationSettings = NotificationSettings()


def is_loopback(host: str) -> bool:
    """Whether a host, as written, is this machine itself; a name other than localhost never counts."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_address(adapter: str, address: str) -> None:
    schemes = SCHEMES[adapter]
    try:
        place, port = urlsplit(address), urlsplit(address).port
    except ValueError:
        place, port = urlsplit(""), None
    if place.scheme not in schemes or not place.hostname or not port or _says_more(place):
        message = f"address {address!r} is none: write {' or '.join(f'{each}://host:port' for each in schemes)}"
        raise ValueError(message)
    if not schemes[place.scheme] and not is_loopback(place.hostname):
        message = f"address {address!r} leaves this machine without TLS: write {next(iter(schemes))}://"
        raise ValueError(message)


def _says_more(place: SplitResult) -> bool:
    return bool(place.path.strip("/") or place.query or place.fragment or place.username or place.password)


def _check_discovery(discovery: str) -> None:
    kind, _, name = discovery.partition(":")
    if discovery and (kind not in RESOLVERS or not name):
        message = f"discovery {discovery!r} is none: write {' or '.join(f'{each}:NAME' for each in RESOLVERS)}"
        raise ValueError(message)
