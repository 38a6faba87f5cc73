"""Refusals as events, at most one a subject and minute: a flood of them fills neither the log nor head office."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from appliance.application.ports import Context
from appliance.domain.events_access import AccessRefused
from appliance.domain.refusals import Refusal
from appliance.eventstore.clock import Clock
from appliance.eventstore.ids import uuid7
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.eventstore.writer import Writer

STREAM = "access"
WINDOW_SECONDS = 60.0
MOST_SUBJECTS = 500  # told apart in one window; the rest are told of together
REST = "others"

_Key = tuple[str, str, str | None]
"""(subject, reason, device)."""


@dataclass(slots=True)
class _Window:
    """What came since a subject was told of last."""

    count: int
    ends: asyncio.TimerHandle


class Audit:
    """Counts refusals; the first of a subject is told at once, what follows with the end of each window."""

    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock
        self._windows: dict[_Key, _Window] = {}
        self._telling: set[asyncio.Task[None]] = set()

    def refused(self, subject: str, reason: str, device: str | None = None) -> None:
        """Note a refusal. Costs a look into a table; on the event loop only."""
        key = (subject, reason, device)
        window = self._windows.get(key)
        if window is None and len(self._windows) >= MOST_SUBJECTS:
            key = (REST, reason, None)
            window = self._windows.get(key)
        if window is not None:
            window.count += 1
            return
        self._open(key)
        self._tell(key, 1)

    async def close(self) -> None:
        """Tell what has been counted and not been told."""
        for key, window in self._windows.items():
            window.ends.cancel()
            if window.count:
                self._tell(key, window.count)
        self._windows.clear()
        await asyncio.gather(*self._telling)

    def _open(self, key: _Key) -> None:
        ends = asyncio.get_running_loop().call_later(WINDOW_SECONDS, self._end, key)
        self._windows[key] = _Window(0, ends)

    def _end(self, key: _Key) -> None:
        window = self._windows.pop(key)
        if window.count:
            self._open(key)
            self._tell(key, window.count)

    def _tell(self, key: _Key, count: int) -> None:
        task = asyncio.ensure_future(self._write(key, count))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _write(self, key: _Key, count: int) -> None:
        subject, reason, device = key
        event = AccessRefused(subject=subject, reason=reason, count=count, device=device)
        with contextlib.suppress(Refusal):  # a full disk or a stop: the answer to the client has been given anyhow
            await self._writer.run(appending(STREAM, event, self._clock))


def appending(stream: str, event: AccessRefused, clock: Clock) -> Callable[[UnitOfWork], None]:
    """A transaction that only notes an event of the store's own."""

    def work(uow: UnitOfWork) -> None:
        uow.append(stream, event, context=Context(command_id=uuid7(), occurred_at=clock(), role="system"))

    return work
