"""The last line of defence against goods that are held for ever: whatever became of its order, a reservation ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from appliance.application.commands_fulfilment import ExpireReservations
from appliance.application.dispatcher import Dispatcher
from appliance.application.ports import Context
from appliance.domain.refusals import Refusal
from appliance.eventstore.clock import Clock
from appliance.eventstore.ids import uuid7

_log = logging.getLogger("backroom.sagas")

PERIOD_SECONDS = 600.0  # reservations last for days


class Expiry:
    """Looks once at its start, and then every ten minutes."""

    def __init__(self, dispatcher: Dispatcher, clock: Clock, period_s: float = PERIOD_SECONDS) -> None:
        self._dispatcher = dispatcher
        self._clock = clock
        self._period_s = period_s
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End; a look under way is finished by the writer."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def look(self) -> int:
        """Give back what is due; answers how many reservations were."""
        command, total = ExpireReservations(), 0
        while True:
            context = Context(command_id=uuid7(), occurred_at=self._clock(), role="system")
            expired = int((await self._dispatcher.dispatch(command, context, behind=True)).outcome.ids["expired"])
            total += expired
            if expired < command.limit:
                return total

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
            except Refusal as refusal:  # a full or busy disk; it is looked again
                _log.warning("expiring reservations: %s", refusal.detail)
            await asyncio.sleep(self._period_s)
