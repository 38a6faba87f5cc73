"""Answers that many screens are given at once: who says that one of some age will do gets the last that was made.

Thirty consoles that show the day each read it anew when it changes, and while the store sells it always does. `max-age`
in a request is how HTTP says it (RFC 9111, 5.2.1.1). Who says nothing is answered from the store as it now is.

For sums, counts and what is wrong: whether a sale was booked is nothing to be told of a second ago. Whoever reads
because of news may be given what was true before it, and reads once more when that much time has passed.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from appliance.api.call import Call
from appliance.api.reply import Reply

MOST_SECONDS = 10  # no answer is given any longer, whoever would take it
MOST_KEPT = 32  # of different questions to one address

_MAX_AGE = re.compile(rb"(?:^|[ ,])max-age=([0-9]{1,9})(?:$|[ ,])")

Handler = Callable[[Call], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class _Made:
    """An answer, or the making of it, and since when it is true."""

    begun: float
    reply: asyncio.Task[Reply]


class Shared:
    """A handler in front of another; whoever may call that one is given the same answer to the same question."""

    def __init__(self, handler: Handler, clock: Callable[[], float] = time.monotonic) -> None:
        self._handler = handler
        self._clock = clock
        self._made: dict[bytes, _Made] = {}

    async def __call__(self, call: Call) -> Reply:
        """The answer. Raises as the handler does, to all who wait for it."""
        age = wanted_age(call.headers.get(b"cache-control"))
        if not age:
            return await self._handler(call)
        made = self._found(call, age)
        # Shielded: who leaves takes nobody else's answer along.
        reply = await asyncio.shield(made.reply)
        since = b"%d" % (self._clock() - made.begun)
        return Reply(reply.body, status=reply.status, media=reply.media, headers=[*reply.headers, (b"age", since)])

    def _found(self, call: Call, age: int) -> _Made:
        question: bytes = call.scope["query_string"]
        made, now = self._made.get(question), self._clock()
        if made is None or now - made.begun > age or _failed(made.reply):
            if len(self._made) >= MOST_KEPT:
                self._made.clear()
            made = self._made[question] = _Made(now, asyncio.ensure_future(self._make(call)))
            made.reply.add_done_callback(_failed)  # looked at: nobody else does where all have left
        return made

    async def _make(self, call: Call) -> Reply:
        return await self._handler(call)


def wanted_age(cache_control: bytes | None) -> int:
    """How many seconds old an answer may be; 0: not at all."""
    found = _MAX_AGE.search(cache_control) if cache_control else None
    return min(int(found[1]), MOST_SECONDS) if found else 0


def _failed(reply: asyncio.Task[Reply]) -> bool:
    return reply.done() and (reply.cancelled() or reply.exception() is not None)
