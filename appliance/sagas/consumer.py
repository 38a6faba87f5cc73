"""What hands one queue's messages to Dramatiq's worker: claims in lumps, woken by commits; polling is a fallback."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dramatiq.broker import Consumer
from dramatiq.errors import DecodeError

from appliance.sagas.claims import Claimed
from appliance.sagas.delivery import Delivery

if TYPE_CHECKING:
    from appliance.sagas.broker import SqliteBroker

POLL_SECONDS = 5.0  # the fallback: should a wake-up ever be missed, a message waits no longer than this
EXPIRY_LOOK_SECONDS = 1.0
STOPPING_SECONDS = 0.002  # between two looks whether the worker has stopped: it asks until then


class NeverReturned(Exception):
    """A message was held longer than any run may take."""


class SqliteConsumer(Consumer):
    """Belongs to a consumer thread; `ack`, `nack` and releases come from others. `_out` is guarded by `broker.news`."""

    def __init__(self, broker: SqliteBroker, queue: str, limit: int, timeout_s: float) -> None:
        self._broker = broker
        self._queue = queue
        self._limit = limit
        self._timeout_s = timeout_s
        self._buffer: deque[Delivery] = deque()
        self._out: dict[int, tuple[Delivery, float]] = {}
        self._alone = False
        self._more = True
        self._seen = 0
        self._looked_at = self._expired_at = time.monotonic()

    # --- handing out --------------------------------------------------------------------------------------------

    def __next__(self) -> Delivery | None:
        if not self._buffer:
            room = self._await_reason()
            if room <= 0:
                self._look_for_expired()
                return None
            self._fetch(room)
        return self._buffer.popleft() if self._buffer else None

    def _await_reason(self) -> int:
        """Wait for something to be due and for room to take it; answers the room, 0 where there is nothing to do."""
        broker = self._broker
        with broker.news:
            if not self._reason():
                broker.news.wait_for(lambda: self._reason() or broker.stopping, self._patience())
            if broker.stopping:
                broker.news.wait(STOPPING_SECONDS)
                return 0
            if not self._reason():
                return 0
            self._seen = broker.versions[self._queue]
            return self._limit - len(self._out)

    def _reason(self) -> bool:
        if self._alone or len(self._out) > self._limit // 2:
            return False
        broker = self._broker
        due = broker.due[self._queue]
        return (
            self._more
            or broker.versions[self._queue] != self._seen
            or bool(due and due <= broker.steady())
            or time.monotonic() - self._looked_at >= POLL_SECONDS
        )

    def _patience(self) -> float:
        due = self._broker.due[self._queue]
        if not due:
            return self._timeout_s
        return min(self._timeout_s, max(0.001, (due - self._broker.steady()) / 1000))

    def _fetch(self, room: int) -> None:
        broker = self._broker
        broker.point("before_lease")
        claimed: Claimed = broker.claim(self._queue, room, len(self._out))
        broker.point("after_lease")
        now = self._looked_at = time.monotonic()
        deliveries = self._read(claimed)
        with broker.news:
            self._more = claimed.more and bool(claimed.rows)
            self._alone = claimed.alone and bool(deliveries)
            # News that came after the claim may know of an earlier one.
            later = [due for due in (broker.due[self._queue], claimed.next_due_ms) if due > claimed.now_ms]
            broker.due[self._queue] = min(later, default=0)
            for each in deliveries:
                self._out[each.row.id] = (each, now)
        self._buffer.extend(deliveries)

    def _read(self, claimed: Claimed) -> list[Delivery]:
        """What was claimed, as messages; one that nobody can read is a dead letter, and the others go on."""
        found = []
        for row in claimed.rows:
            try:
                found.append(Delivery(row, claimed.token, self._released))
            except DecodeError as error:
                self._broker.bury_unread(row, claimed.token, error)
        return found

    # --- taking back --------------------------------------------------------------------------------------------

    def ack(self, message: Any) -> None:
        """Done: the row goes, unless it has been put back, or somebody else has taken over to end it."""
        if message.handed_over:
            return
        if not message.kept:
            self._broker.settle(message, None)
        message.release()

    def nack(self, message: Any) -> None:
        """Given up: kept with its error, for people to look at."""
        if not message.kept:
            self._broker.give_up(message, message.error)
        message.release()

    def requeue(self, messages: Iterable[Any]) -> None:
        """Not begun: due again at once, as if it had not been claimed."""
        given = list(messages)
        if given:
            self._broker.requeue(given, begun=False)
            for each in given:
                each.release()

    def close(self) -> None:
        """Give back what was fetched and not handed out."""
        given = list(self._buffer)
        self._buffer.clear()
        self.requeue(given)

    def _released(self, delivery: Delivery) -> None:
        news = self._broker.news
        with news:
            if self._out.pop(delivery.row.id, None) is None:
                return
            if not self._out:
                self._alone, self._more = False, True
                news.notify_all()
            elif len(self._out) == self._limit // 2:
                news.notify_all()

    def _look_for_expired(self) -> None:
        """Give up what is held for longer than anything may run: running it again beside itself helps nobody."""
        now = time.monotonic()
        if now - self._expired_at < EXPIRY_LOOK_SECONDS:
            return
        self._expired_at = now
        expired = [each for each, since in list(self._out.values()) if now - since >= self._broker.lease_s]
        for each in expired:
            each.kept = True
            self._broker.give_up(each, NeverReturned(f"it did not return within {self._broker.lease_s:.0f} s"))
            each.release()
