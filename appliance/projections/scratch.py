"""A fresh fold of the log in a database of its own, thrown away afterwards."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from appliance.projections.base import Opener, Projection
from appliance.projections.folding import LogFold
from appliance.projections.registry import create_tables

CACHE_KIB = 16 * 1024


class Scratch:
    """Keeps up with the log as far as it is told to; its file is removed by `close`."""

    def __init__(
        self,
        path: Path,
        projections: Iterable[Projection],
        opener: Opener,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._path = path
        self._timer = timer
        self.position = 0
        projections = tuple(projections)
        self._fold = LogFold(projections, opener, timer)
        path.unlink(missing_ok=True)
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        # It need not outlive a crash, so nothing is done for that.
        self.db.execute("PRAGMA journal_mode=OFF")
        self.db.execute("PRAGMA synchronous=OFF")
        self.db.execute("PRAGMA locking_mode=EXCLUSIVE")
        self.db.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        for projection in projections:
            create_tables(self.db, projection)

    def catch_up(self, source: sqlite3.Connection, head: int, budget_s: float) -> bool:
        """Fold on towards `head` for about so many seconds; True when it is reached."""
        if self.position < head:
            self.db.execute("BEGIN")
            self.position = self._fold.fold(source, self.db, self.position, head, budget_s)
            self.db.execute("COMMIT")
        return self.position >= head

    def close(self) -> None:
        """Give the file back."""
        self.db.close()
        self._path.unlink(missing_ok=True)
