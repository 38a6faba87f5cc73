"""Many small writes of many threads as one command: what is added until the writer comes to it goes along."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from appliance.eventstore.jobs import Job
from appliance.eventstore.unit_of_work import UnitOfWork

Write = Callable[[UnitOfWork], Any]
Submit = Callable[[Job], None]


class Lumps:
    """Callable from any thread. All of a lump commit together, and fail together."""

    def __init__(self, submit: Submit) -> None:
        self._submit = submit
        self._lock = threading.Lock()
        self._open: _Lump | None = None

    def add(self, write: Write) -> Job:
        """Let the writer run this; answers the job to wait for. Raises what `Writer.submit` does."""
        with self._lock:
            lump = self._open
            if lump is not None:
                lump.writes.append(write)
                return lump.job
            lump = _Lump(self, write)
            self._submit(lump.job)  # before others may join: they must not wait for what was not taken
            self._open = lump
            return lump.job

    def close(self, lump: _Lump) -> None:
        """The writer has come to it."""
        with self._lock:
            if self._open is lump:
                self._open = None


class _Lump:
    def __init__(self, lumps: Lumps, first: Write) -> None:
        self._lumps = lumps
        self.writes = [first]
        self.job = Job.for_thread(self._work, behind=True)

    def _work(self, uow: UnitOfWork) -> None:
        self._lumps.close(self)
        for write in self.writes:
            write(uow)
