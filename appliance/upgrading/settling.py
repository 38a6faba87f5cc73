"""What a running version says of itself: that it has been ready for long enough, or was stopped in good order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from appliance.upgrading import guard


@contextlib.asynccontextmanager
async def settling(data: Path, version: str, window_seconds: float) -> AsyncIterator[None]:
    """While the store is ready. Where no guard watches over its starts, nothing is done."""
    if _trying(data, version) is None:
        yield
        return
    waiting = asyncio.create_task(_settle(data, version, window_seconds))
    try:
        yield
    finally:
        waiting.cancel()
    await asyncio.to_thread(_stopped_in_order, data, version)


async def _settle(data: Path, version: str, window_seconds: float) -> None:
    await asyncio.sleep(window_seconds)
    await asyncio.to_thread(_write, data, version, guard.SETTLED)


def _write(data: Path, version: str, state: str) -> None:
    known = _trying(data, version)
    if known is not None:
        with contextlib.suppress(OSError):  # a full disk: it is said at the next start's end, or the next
            guard.write(data, replace(known, state=state, starts=0, detail=""))


def _stopped_in_order(data: Path, version: str) -> None:
    """Somebody restarted it: that is no failed start."""
    known = _trying(data, version)
    if known is not None:
        _write(data, version, known.state)


def _trying(data: Path, version: str) -> guard.State | None:
    known = guard.read(data)
    waits = known is not None and known.version == version and known.state in (guard.TRYING, guard.STAYS)
    return known if waits else None
