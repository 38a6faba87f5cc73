"""What the API is given to work with; the composition root fills it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from appliance.access.people import People
from appliance.api.cache import OrderCache
from appliance.api.devices import Devices
from appliance.api.feed import CommitFeed
from appliance.api.rates import Rates
from appliance.api.server import Gate
from appliance.application.dispatcher import Dispatcher
from appliance.backups.rotation import Keeping
from appliance.config import Settings
from appliance.domain.policy import StorePolicy
from appliance.eventstore.clock import Clock
from appliance.eventstore.store import Paths
from appliance.eventstore.vault import Vault
from appliance.eventstore.writer import Writer
from appliance.integration.switchboard import Switchboard
from appliance.observability.autonomy import Watch
from appliance.observability.metrics import Metrics
from appliance.observability.tracing import Tracing
from appliance.sagas.runtime import Sagas
from appliance.settings_in_force import Prevailing

Progress = dict[str, Any]
"""{name, version, position, head, percent, ...} of a view that is being built."""


class Maintenance(Protocol):
    """Slow work on the whole store: rebuilding views, verifying, erasing for good."""

    def projections(self) -> list[dict[str, Any]]:
        """Every view: name, version, position, status, and its progress while it is being rebuilt."""
        ...

    def building(self, name: str) -> Progress | None:
        """How far a view that cannot be read yet is; None where it can be read."""
        ...

    def rebuild(self, name: str | None) -> Awaitable[dict[str, Any]]:
        """Begin to rebuild one view, or all; answers as `projections` does. Selling goes on."""
        ...

    def verify(self) -> Awaitable[dict[str, Any]]:
        """Begin to verify the log and every view, unless that is under way; answers as `verification` does."""
        ...

    def verification(self) -> dict[str, Any] | None:
        """How far the last verification is, or what it found; None before the first."""
        ...

    def findings(self) -> Awaitable[Sequence[dict[str, Any]]]:
        """What starts and scrubs found wrong and nobody has seen to."""
        ...

    def resolve(self, finding: int) -> Awaitable[bool]:
        """Write down that somebody has seen to a finding; False where there is no open one of that number."""
        ...

    def reopen(self) -> Awaitable[None]:
        """Read personal data anew, where keys to it came back."""
        ...

    def purge(self) -> None:
        """See to it, soon, that erased personal data leaves the index and the write-ahead log as well."""
        ...

    def keep_scrubbing(self, period_s: float | None) -> None:
        """Look at everything once a period, from now on; None: no more."""
        ...

    def give_back(self) -> None:
        """Let the disk have, soon, what the write-ahead log holds and what rebuilds have left behind."""
        ...


class Backups(Protocol):
    """Copies of the store, made while it sells."""

    @property
    def state(self) -> dict[str, Any] | None:
        """The backup under way, or what became of the last one; None before the first since the start."""
        ...

    def begin(self) -> Awaitable[dict[str, Any]]:
        """Take a backup now, unless that is under way; answers as `state` does."""
        ...

    def keep(self, keeping: Keeping) -> None:
        """From the next backup on keep so many."""
        ...

    def listed(self) -> Awaitable[Sequence[dict[str, Any]]]:
        """Every backup that is there, newest first."""
        ...

    def make_room(self) -> Awaitable[Sequence[str]]:
        """Give up every backup but the newest; answers the names of what went."""
        ...


class Sync(Protocol):
    """The way up to head office."""

    @property
    def backlog(self) -> int:
        """Events that head office has not acknowledged."""
        ...

    def status(self) -> Awaitable[dict[str, Any]]:
        """Where it stands, in figures and plain words."""
        ...

    def pause(self, *, paused: bool) -> Awaitable[None]:
        """Send nothing until told otherwise, over restarts too; or go on."""
        ...

    def compare(self) -> Awaitable[Any]:
        """Hold head office's stream against the log. Raises StoreError."""
        ...

    def reads(self) -> dict[str, Callable[[], float]]:
        """What the metrics read when asked."""
        ...


class Reloading(Protocol):
    """Puts settings in force that changed while the store runs."""

    def attend(self, gate: Gate) -> None:
        """See to this gate as well."""
        ...

    def read_again(self, read: Callable[[], Settings]) -> None:
        """Read the box's own settings, and take over what may change."""
        ...


@dataclass(slots=True, kw_only=True)
class Services:
    """The parts of a running store, as one value."""

    dispatcher: Dispatcher
    writer: Writer
    vault: Vault
    readers: Any
    paths: Paths
    devices: Devices
    people: People
    rates: Rates
    feed: CommitFeed
    orders_cache: OrderCache
    metrics: Metrics
    maintenance: Maintenance
    sagas: Sagas
    backups: Backups
    outside: Switchboard
    settings: Prevailing
    fingerprint_secret: bytes
    started_at: datetime
    version: str
    clock: Clock
    stopping: asyncio.Event
    store_name: str
    store_id: str
    mode: str = "live"
    sync: Sync | None = None
    rebase: Callable[[StorePolicy], Awaitable[None]] | None = None  # put in place with the policy in force
    redefine: Callable[[Settings], None] | None = None  # the times of orders
    reloader: Reloading | None = None
    certificate: Path | None = None
    watch: Watch = field(default_factory=Watch)
    tracing: Tracing | None = None
    safe_mode: str | None = None
