"""What is wrong with a running store right now, looked at afresh each time, and how long it can go on."""

from __future__ import annotations

import math
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.api.health import free_bytes, wal_bytes
from appliance.api.services import Services
from appliance.eventstore.certificate import describe
from appliance.eventstore.checkpoints import OVERDUE_BYTES
from appliance.eventstore.clock import parsed
from appliance.observability.autonomy import Limit, left, shortest
from appliance.observability.doctor import (
    FIRST_YEAR,
    LAST_YEAR,
    LEAST_FREE_BYTES,
    LITTLE_FREE_BYTES,
    MIB,
    SOON,
)
from appliance.upgrading import guard

PRICES_ALLOWED_SECONDS = 30 * 86_400.0  # a month on old prices is what head office puts up with
PRICES_OLD_SECONDS = 2 * 86_400.0
BACKUP_OLD = timedelta(days=2)
_UNSET = (
    "SELECT operator_id FROM operators WHERE active"
    " AND operator_id NOT IN (SELECT operator_id FROM operator_pins) ORDER BY operator_id"
)


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that is wrong."""

    kind: str
    detail: str


def _disk(services: Services) -> Iterator[Found]:
    free = free_bytes(services)
    text = f"{free / MIB:,.0f} MiB are free."
    if services.writer.stats.disk_full or free < LEAST_FREE_BYTES:
        yield Found("disk-full", text)
    elif free < LITTLE_FREE_BYTES:
        yield Found("disk-low", text)


def _wal(services: Services) -> Iterator[Found]:
    if wal_bytes(services) > OVERDUE_BYTES:
        yield Found("wal-large", f"It has {wal_bytes(services) / MIB:.0f} MiB.")


def _clock(services: Services) -> Iterator[Found]:
    now = services.clock()
    if not FIRST_YEAR <= now.year <= LAST_YEAR:
        yield Found("clock-wrong", f"It says {now:%Y-%m-%d}.")


def _certificate(services: Services) -> Iterator[Found]:
    try:
        until = _expiry(services)
    except (OSError, ValueError) as error:
        yield Found("certificate-unreadable", str(error))
    else:
        if until is not None and until < services.clock() + SOON:
            yield Found("certificate-expires", f"It is good until {until:%Y-%m-%d}; tills refuse it then.")


def _expiry(services: Services) -> datetime | None:
    path = services.certificate
    return describe(path).not_after if path is not None and path.exists() else None


def _head_office(services: Services) -> Iterator[Found]:
    if services.sync is None:
        return
    reads = services.sync.reads()
    waiting = f"{services.sync.backlog} events wait."
    if reads["backroom_sync_paused"]():
        yield Found("sync-paused", waiting)
    elif not reads["backroom_sync_connected"]():
        yield Found("head-office-away", waiting)
    age = _prices_age(services)
    if age > PRICES_OLD_SECONDS:
        yield Found("prices-old", f"They were last compared {age / 86_400:.0f} days ago.")


def _prices_age(services: Services) -> float:
    """Seconds; 0 where there is no head office, or none was ever heard."""
    read = services.sync.reads().get("backroom_hq_catalogue_age_seconds") if services.sync else None
    age = 0.0 if read is None else read()
    return 0.0 if math.isnan(age) else age


def _sagas(services: Services) -> Iterator[Found]:
    census = services.sagas.census
    if stuck := census.sagas.get("stuck", 0):
        yield Found("sagas-stuck", f"{stuck} of them.")
    if dead := census.messages.get("dead", 0) + census.messages.get("parked", 0):
        yield Found("dead-letters", f"{dead} of them.")


def _upgrade(services: Services) -> Iterator[Found]:
    known = guard.read(services.paths.data)
    if known is not None and known.state == guard.STAYS:
        yield Found("upgrade-stays", f"Version {known.version}: {known.detail}.")
    if known is not None and known.state == guard.BACK:
        yield Found("upgrade-returned", f"Version {known.version} did not run well: {known.detail}.")


CHECKS: tuple[Callable[[Services], Iterator[Found]], ...] = (
    _disk,
    _wal,
    _clock,
    _certificate,
    _head_office,
    _sagas,
    _upgrade,
)
"""Quick ones, that wait for nobody."""


async def look(services: Services) -> list[Found]:
    """Everything that is wrong now."""
    found = [each for check in CHECKS for each in check(services)]
    return found + [each async for each in _backups(services)] + [each async for each in _pins(services)]


async def _backups(services: Services) -> AsyncIterator[Found]:
    made = await services.backups.listed()
    last = parsed(made[0]["created_at"]) if made else None
    if last is None and services.writer.head.position > 1:
        yield Found("backup-old", "There is none.")
    elif last is not None and services.clock() - last > BACKUP_OLD:
        yield Found("backup-old", f"It is of {last:%Y-%m-%d}.")


async def _pins(services: Services) -> AsyncIterator[Found]:
    rows = await services.writer.run(lambda uow: uow.query(_UNSET))
    if rows:
        yield Found("pins-unset", ", ".join(str(row[0]) for row in rows[:20]))


def autonomy(services: Services) -> Limit:
    """How long the store can trade as it is, and what ends it."""
    free, now = free_bytes(services), time.monotonic()
    limits = [Limit("disk", services.watch.growth(now, _used(services)).until_full(free))]
    if services.sync is not None:
        limits.append(Limit("price lists", left(_prices_age(services), PRICES_ALLOWED_SECONDS)))
    try:
        until = _expiry(services)
    except (OSError, ValueError):
        until = None
    if until is not None:
        limits.append(Limit("certificate", (until - services.clock()) / timedelta(days=1)))
    return shortest(limits)


def _used(services: Services) -> int:
    disk = os.statvfs(services.paths.data)
    return (disk.f_blocks - disk.f_bfree) * disk.f_frsize
