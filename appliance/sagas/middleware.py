"""What the store adds to Dramatiq's worker: the delivery at hand, and actors that run on the store's own loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

from dramatiq.asyncio import EventLoopThread, set_event_loop_thread
from dramatiq.middleware import Middleware

from appliance.sagas.delivery import Delivery

T = TypeVar("T")

ACTOR_LIMIT_SECONDS = 60.0


class AtHand(Middleware):
    """Knows which delivery the present worker thread runs."""

    def __init__(self) -> None:
        self._thread = threading.local()

    def before_process_message(self, broker: Any, message: Any) -> None:  # noqa: ARG002  Dramatiq's signature
        """A run begins on this thread."""
        self._thread.delivery = message

    @property
    def delivery(self) -> Delivery:
        """The delivery that the calling thread runs."""
        return cast("Delivery", self._thread.delivery)


class OnLoop(Middleware):
    """Runs async actors on the store's loop, each for `limit_s` at most; stands in for Dramatiq's AsyncIO.

    The worker thread waits meanwhile: right for ordinary actors. Steps of sagas are handed over instead.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, limit_s: float = ACTOR_LIMIT_SECONDS) -> None:
        self._loop = loop
        self._limit_s = limit_s

    def before_worker_boot(self, broker: Any, worker: Any) -> None:  # noqa: ARG002  Dramatiq's signature
        """From here on async actors come here."""
        set_event_loop_thread(cast("EventLoopThread", self))

    def after_worker_shutdown(self, broker: Any, worker: Any) -> None:  # noqa: ARG002  Dramatiq's signature
        """No more do they."""
        set_event_loop_thread(None)

    def run_coroutine(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run it on the loop and wait. Raises TimeoutError past the limit, once its clean-up is done."""
        return asyncio.run_coroutine_threadsafe(asyncio.wait_for(coroutine, self._limit_s), self._loop).result()
