"""Whether the store can do its work: each part asked, timed, and said in one line."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from appliance.api.services import Services
from appliance.domain.refusals import Refusal
from appliance.eventstore.clock import rfc3339
from appliance.queries import events

UP, DOWN = "up", "down"
ASK_SECONDS = 2.0  # a part that answers later than this is down for whoever waits at a till
LEAST_FREE_BYTES = 64 << 20  # with less the next migration or checkpoint may not fit

Details = dict[str, Any]
Check = Callable[[Services], Awaitable[tuple[bool, Details]]]


async def _writer(services: Services) -> tuple[bool, Details]:
    writer = services.writer
    details: Details = {"queued": writer.queued, "position": writer.head.position}
    if writer.failure is not None:
        return False, details | {"failure": str(writer.failure)}
    if services.stopping.is_set():
        return False, details | {"stopping": True}
    if writer.stats.disk_full:
        return False, details | {"disk_full": True}
    await writer.run(lambda uow: uow.position)
    return True, details


async def _database(services: Services) -> tuple[bool, Details]:
    return True, {"position": await events.head(services.readers)}


async def _disk(services: Services) -> tuple[bool, Details]:
    free = free_bytes(services)
    return free >= LEAST_FREE_BYTES, {"free_bytes": free, "wal_bytes": wal_bytes(services)}


async def _projections(services: Services) -> tuple[bool, Details]:
    """Views being rebuilt are no failure: the rest of the store goes on, and those that decisions read came first."""
    states = services.maintenance.projections()
    building = [each["name"] for each in states if services.maintenance.building(each["name"]) is not None]
    return True, {"count": len(states), "rebuilding": building}


async def _findings(services: Services) -> tuple[bool, Details]:
    found = await services.maintenance.findings()
    return True, {"open": len(found), "latest": found[0]["detail"] if found else None}


async def _sagas(services: Services) -> tuple[bool, Details]:
    """A stuck saga needs a person and stops nobody else, so it is told and takes nothing down."""
    census = services.sagas.census
    return True, {"sagas": dict(census.sagas), "messages": dict(census.messages), "oldest_due_s": census.oldest_due_s}


async def _outside(services: Services) -> tuple[bool, Details]:
    """A provider that is down is no failure of the store's: orders wait for it, and tills sell on."""
    return True, services.outside.describe()


async def _sync(services: Services) -> tuple[bool, Details]:
    """A line that is down is no failure of the store: it sells on, and events wait."""
    if services.sync is None:
        return True, {"enabled": False}
    found = await services.sync.status()
    shown = ("connected", "position", "acknowledged", "backlog", "paused", "claim", "trouble")
    return True, {"enabled": True} | {name: found[name] for name in shown}


async def _settings(services: Services) -> tuple[bool, Details]:
    return services.safe_mode is None, {"safe_mode": services.safe_mode is not None, "reason": services.safe_mode}


async def _can_sell(services: Services) -> tuple[bool, Details]:
    """All that a sale takes: settings that can be used, a writer that comes back, and room to write in."""
    up, details = await _writer(services)
    if services.safe_mode is not None:
        return False, {"reason": services.safe_mode}
    return up, {"reason": None if up else "the writer does not take sales"} | ({} if up else details)


async def _can_take_cards(services: Services) -> tuple[bool, Details]:
    """What the store's own way to the card provider says; without one, terminals at the tills take cards by themselves.

    Cash goes on without it, so this takes nothing down.
    """
    line = services.outside.line("payment")
    able = line is None or line.breaker.state.name.lower() != "open"
    return True, {"able": able, "by": "terminals" if line is None else "provider"}


async def _can_reach_hq(services: Services) -> tuple[bool, Details]:
    """Whether there is a line to head office now; the store sells without one, so this takes nothing down."""
    if services.sync is None:
        return True, {"able": False, "trouble": "no head office is set"}
    found = await services.sync.status()
    return True, {"able": bool(found["connected"]), "trouble": found["trouble"]}


CHECKS: Mapping[str, Check] = {
    "writer": _writer,
    "database": _database,
    "disk": _disk,
    "projections": _projections,
    "findings": _findings,
    "sagas": _sagas,
    "outside": _outside,
    "sync": _sync,
    "settings": _settings,
    "can_sell": _can_sell,
    "can_take_cards": _can_take_cards,
    "can_reach_hq": _can_reach_hq,
}
READINESS: tuple[str, ...] = ("writer", "database", "settings", "can_sell")


async def health(services: Services, names: tuple[str, ...] = tuple(CHECKS)) -> Details:
    """`{status, components, timestamp}`; up when every part is."""
    components = [await _ask(name, services) for name in names]
    up = all(each["status"] == UP for each in components)
    return {"status": UP if up else DOWN, "components": components, "timestamp": rfc3339(services.clock())}


async def _ask(name: str, services: Services) -> Details:
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(ASK_SECONDS):
            up, details = await CHECKS[name](services)
    except Refusal as refusal:
        up, details = False, {"problem": refusal.code, "detail": refusal.detail}
    except TimeoutError:
        up, details = False, {"problem": f"no answer within {ASK_SECONDS:.0f} s"}
    except (OSError, sqlite3.Error) as error:
        up, details = False, {"problem": str(error)}
    spent = round((time.perf_counter() - begun) * 1000, 3)
    return {"name": name, "status": UP if up else DOWN, "details": details, "response_time_ms": spent}


def free_bytes(services: Services) -> int:
    """Room on the disk of the data directory, for us and not for root."""
    disk = os.statvfs(services.paths.data)
    return disk.f_bavail * disk.f_frsize


def wal_bytes(services: Services) -> int:
    """Size of the write-ahead log's file; it is kept and reused."""
    try:
        return services.paths.wal.stat().st_size
    except FileNotFoundError:
        return 0
