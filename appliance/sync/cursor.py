"""How far head office has acknowledged, kept in the store's file now and then: never an event's own write.

It is no part of being exactly once: head office's stream says where to go on. What it is for is to notice that head
office lost events which it had acknowledged.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from appliance.eventstore.clock import Clock, rfc3339
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.eventstore.writer import Writer

NAME = "upstream"
_READ = "SELECT position, detail FROM cursors WHERE name = ?"
_WRITE = (
    "INSERT INTO cursors(name, position, detail, updated_at) VALUES (?,?,?,?) ON CONFLICT(name) DO UPDATE"
    " SET position = excluded.position, detail = excluded.detail, updated_at = excluded.updated_at"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """What is kept."""

    incarnation: int = 1
    position: int = 0
    paused: bool = False


class Cursor:
    """The row, read at the start and written when it is worth it."""

    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock
        self.kept = Mark()

    async def load(self) -> Mark:
        """What was kept before this start."""
        rows = await self._writer.run(lambda uow: uow.query(_READ, (NAME,)))
        if rows:
            position, detail = rows[0]
            known = json.loads(detail)
            self.kept = Mark(known.get("incarnation", 1), position, known.get("paused", False))
        return self.kept

    async def keep(self, mark: Mark) -> None:
        """Write it down, unless it stands there already."""
        if mark == self.kept:
            return
        detail = json.dumps({"incarnation": mark.incarnation, "paused": mark.paused})
        row = (NAME, mark.position, detail, rfc3339(self._clock()))

        def write(uow: UnitOfWork) -> None:
            uow.execute(_WRITE, row)

        await self._writer.run(write)
        self.kept = mark
