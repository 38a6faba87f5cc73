"""Telling systemd how the store does, by the protocol of sd_notify(3); silent where no systemd asks.

The watchdog is fed by the writer: a store whose writer stands still sells nothing, however lively its event loop is,
and is to be started again. So is a store that does not come up: its start may take as long as it makes progress, and no
longer, for a start that hangs must fail before a bad version can be gone back from.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path

EXTEND_SECONDS = 30  # how much longer a start may take, said again and again while it goes on
EXTEND_EVERY_SECONDS = 10.0
STUCK_SECONDS = 600.0  # without progress: longer than one step of a migration or a rebuild takes, but not for ever
FEEDS_A_PERIOD = 3  # two may be late before systemd loses patience

Beat = Callable[[], Awaitable[None]]
"""Returns once the writer has done something; hangs or raises where it cannot."""

Progress = Callable[[], object]
"""Answers something else whenever there was progress."""


class Notifier:
    """One service manager, or none."""

    def __init__(
        self,
        address: str | None,
        watchdog_s: float | None = None,
        timer: Callable[[], float] = time.monotonic,
        extend_every_s: float = EXTEND_EVERY_SECONDS,
    ) -> None:
        self._address = address
        self.watchdog_s = watchdog_s
        self._timer = timer
        self._extend_every_s = extend_every_s

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Notifier:
        """As the environment says: NOTIFY_SOCKET, and WATCHDOG_USEC where the unit has a watchdog."""
        period = environment.get("WATCHDOG_USEC", "")
        return cls(environment.get("NOTIFY_SOCKET") or None, int(period) / 1e6 if period.isdigit() else None)

    def tell(self, **facts: str) -> None:
        """Send assignments such as READY="1", STATUS="..."; a manager that has gone is no matter."""
        if self._address is None:
            return
        # A name that begins with @ is in the abstract namespace (unix(7)): there a NUL stands for the @.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        text = "\n".join(f"{name}={' '.join(value.split())}" for name, value in facts.items())
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.setblocking(False)
            out.sendto(text.encode(), address)

    @contextlib.asynccontextmanager
    async def starting(self, progress: Progress) -> AsyncIterator[None]:
        """While it lasts a start may take its time: a view may have to be built before the store can sell.

        After `STUCK_SECONDS` without progress no more time is asked for, and the service manager ends it.
        """
        async with _beside(self._extend(progress)):
            yield

    @contextlib.asynccontextmanager
    async def watched(self, beat: Beat) -> AsyncIterator[None]:
        """While it lasts the watchdog is fed, each time only after `beat` has returned."""
        if self.watchdog_s is None:
            yield
            return
        async with _beside(self._feed(beat, self.watchdog_s / FEEDS_A_PERIOD)):
            yield

    async def _extend(self, progress: Progress) -> None:
        seen, since = await asyncio.to_thread(progress), self._timer()
        while self._timer() - since < STUCK_SECONDS:
            self.tell(EXTEND_TIMEOUT_USEC=str(EXTEND_SECONDS * 1_000_000), STATUS="Starting")
            await asyncio.sleep(self._extend_every_s)
            now = await asyncio.to_thread(progress)
            if now != seen:
                seen, since = now, self._timer()
        self.tell(STATUS=f"Starting, without any progress for {STUCK_SECONDS:g} s: no more time is asked for")

    async def _feed(self, beat: Beat, every_s: float) -> None:
        while True:
            await beat()
            self.tell(WATCHDOG="1")
            await asyncio.sleep(every_s)


def written(folder: Path) -> Progress:
    """Progress as the files show it: a migration, a copy, a fetch and a rebuild all write into `folder`."""

    def state() -> frozenset[tuple[str, int, int]]:
        with contextlib.suppress(OSError):  # a file that goes while it is looked at: the next look will see
            found = [(str(path), path.stat()) for path in (*folder.glob("*"), *folder.glob("*/*"))]
            return frozenset((name, stat.st_size, stat.st_mtime_ns) for name, stat in found)
        return frozenset()

    return state


@contextlib.asynccontextmanager
async def _beside(work: Awaitable[None]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # a writer that failed has told everybody who must know
