"""A message on its way: which row it is, under which token it is held, and who has to end it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dramatiq.broker import MessageProxy
from dramatiq.message import Message

from appliance.eventstore.messages import Change

COLUMNS = "id, queue, actor, priority, body, saga, deliveries, kills, attempts"


@dataclass(frozen=True, slots=True)
class Row:
    """A message's row as it was when it was claimed."""

    id: int
    queue: str
    actor: str
    priority: int
    body: bytes
    saga: str | None
    deliveries: int
    kills: int
    attempts: int

    def after_failure(self, **becomes: Any) -> Change:
        """What it becomes after a run that ended in an error."""
        return Change(queue=self.queue, attempts=self.attempts + 1, **becomes)


class Delivery(MessageProxy):
    """What workers are handed.

    `kept` says that its row has been seen to; `handed_over` that somebody else ends the row and releases the delivery.
    """

    def __init__(self, row: Row, token: str, release: Callable[[Delivery], None]) -> None:
        super().__init__(message := _message(row))
        # A proxy looks each of these up by failing first; a worker asks for them a few dozen times a message.
        self.queue_name, self.actor_name = message.queue_name, message.actor_name
        self.args, self.kwargs, self.options = message.args, message.kwargs, message.options
        self.message_id, self.message_timestamp = message.message_id, message.message_timestamp
        self.row = row
        self.token = token
        self.kept = False
        self.handed_over = False
        self._release = release

    @property
    def again(self) -> bool:
        """Whether it was handed out before and nobody knows how far that run came."""
        return self.row.deliveries > 0

    @property
    def error(self) -> BaseException | None:
        """What the run ended in."""
        return self._exception

    def release(self) -> None:
        """It is off this worker's hands: another may be fetched."""
        self._release(self)


def _message(row: Row) -> Message[Any]:
    """A saga's message says nothing but whose it is, and has no body."""
    if row.saga is not None and not row.body:
        return Message(row.queue, row.actor, (row.saga,), {}, {}, str(row.id), 0)
    return Message.decode(bytes(row.body))
