"""When each thing from head office was last known to be as it is there; kept, so that a restart makes nothing young."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime

from appliance.domain.refusals import Refusal
from appliance.eventstore.clock import Clock, rfc3339
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.eventstore.writer import Writer

KEEP_SECONDS = 60.0  # how exact an age is after a restart; a write a minute is what it costs
NAME = "downstream"
_READ = "SELECT detail FROM cursors WHERE name = ?"
_WRITE = (
    "INSERT INTO cursors(name, position, detail, updated_at) VALUES (?,0,?,?) ON CONFLICT(name) DO UPDATE"
    " SET detail = excluded.detail, updated_at = excluded.updated_at"
)


class Ages:
    """Bucket -> when it was last compared; the wall clock's word, since it must outlive the process."""

    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock
        self._checked: dict[str, datetime] = {}
        self._kept: datetime | None = None

    async def load(self) -> None:
        """What was kept before this start."""
        rows = await self._writer.run(lambda uow: uow.query(_READ, (NAME,)))
        for bucket, text in json.loads(rows[0][0]).items() if rows else ():
            self._checked[bucket] = datetime.fromisoformat(text)

    def seconds(self, bucket: str) -> float | None:
        """How old our knowledge is; None where there never was any."""
        checked = self._checked.get(bucket)
        return None if checked is None else max(0.0, (self._clock() - checked).total_seconds())

    async def checked(self, bucket: str) -> None:
        """It is as we know it, now."""
        now = self._checked[bucket] = self._clock()
        if self._kept is not None and 0 <= (now - self._kept).total_seconds() < KEEP_SECONDS:
            return
        self._kept = now
        row = (NAME, json.dumps({name: rfc3339(moment) for name, moment in self._checked.items()}), rfc3339(now))

        def write(uow: UnitOfWork) -> None:
            uow.execute(_WRITE, row)

        with contextlib.suppress(Refusal):  # a full disk is said elsewhere
            await self._writer.run(write)
