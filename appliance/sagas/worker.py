"""Dramatiq's worker, for a stop that nobody has to wait for: threads with nothing to do end at once."""

from __future__ import annotations

from queue import Empty, PriorityQueue
from typing import Any

from dramatiq import Worker

from appliance.sagas.broker import SqliteBroker

IDLE_MS = 250  # how often an idle thread looks around


class PromptWorker(Worker):
    """As Dramatiq's in all but the waiting: an idle thread of its own would notice a stop only when it looks again."""

    def __init__(self, broker: SqliteBroker, threads: int) -> None:
        super().__init__(broker, worker_timeout=IDLE_MS, worker_threads=threads)
        self._sqlite = broker
        self.work_queue = self._waiting = _Waiting()

    def start(self) -> None:
        """Begin to take messages."""
        self._sqlite.rest(stopping=False)
        super().start()

    def stop(self, timeout: int = 600_000) -> None:
        """As Dramatiq's; from here on nothing more is claimed."""
        self._sqlite.rest(stopping=True)
        self._waiting.send_home()
        super().stop(timeout)


class _Waiting(PriorityQueue[Any]):
    """What threads wait at for work, until they are sent home."""

    _over = False

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """As ever; once all are sent home, who would wait finds it empty, and what is left can only be fetched."""
        if not block:
            return super().get(block=False)
        with self.not_empty:
            if not self.not_empty.wait_for(self._worth_waking, timeout) or self._over:
                raise Empty
            return self._get()

    def _worth_waking(self) -> bool:
        return self._over or self._qsize() > 0

    def send_home(self) -> None:
        """Wake all who wait; nobody gets anything more by waiting."""
        with self.not_empty:
            self._over = True
            self.not_empty.notify_all()
