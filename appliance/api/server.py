"""Connections, below the application: how many there may be, and how long a request may take to arrive.

uvicorn cuts neither a header nor a body that trickles, and has no limit on either's number of connections from one
address. Here each connection notes when it began to owe us something; once a second a sweep cuts those that have owed
it for too long. On the way of a request that costs two assignments.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar, Literal

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from appliance.api import problems
from appliance.api.refusals import EdgeRefusal, HeaderTooLarge, RequestTooSlow, TooManyConnections
from appliance.eventstore.ids import uuid7

SWEEP_SECONDS = 1.0
MOST_CUTS = 32  # in one go, so that a thousand of them keep no sale waiting
PAUSE_SECONDS = 0.01
MAX_HEAD_BYTES = 32 * 1024  # beyond any honest header; uvicorn has no limit of its own
STALL_SECONDS = 30.0  # for a client that does not take its answer

_PHRASES = {408: b"Request Timeout", 431: b"Request Header Fields Too Large", 503: b"Service Unavailable"}


@dataclass(frozen=True, slots=True)
class Caps:
    """How many connections there may be, and how long a whole request may take to arrive."""

    connections: int = 1_024
    per_address: int = 128
    receive_seconds: float = 12.0  # a second longer than the body's own deadline, so that its problem comes first


class Gate:
    """The connections of one store."""

    def __init__(self, caps: Caps, clock: Callable[[], float] = time.monotonic) -> None:
        self.caps = caps
        self.clock = clock
        self.cut = 0
        self.refused = 0
        self._open: set[GuardedProtocol] = set()
        self._by_address: dict[str, int] = {}

    @property
    def connections(self) -> int:
        """How many there are."""
        return len(self._open)

    def enter(self, connection: GuardedProtocol, address: str) -> bool:
        """Count a new connection; False where it is one too many."""
        held = self._by_address.get(address, 0)
        if len(self._open) >= self.caps.connections or held >= self.caps.per_address:
            self.refused += 1
            return False
        self._by_address[address] = held + 1
        self._open.add(connection)
        return True

    def leave(self, connection: GuardedProtocol, address: str) -> None:
        """Count it no longer."""
        if connection in self._open:
            self._open.discard(connection)
            held = self._by_address.pop(address) - 1
            if held:
                self._by_address[address] = held

    def sweep(self) -> int:
        """Cut what has been owing for too long, a few at a time; answers how many."""
        now, seconds = self.clock(), self.caps.receive_seconds
        late = list(islice((each for each in self._open if each.overdue(now, seconds)), MOST_CUTS))
        for connection in late:
            self.cut += 1
            connection.cut()
        return len(late)

    async def watch(self) -> None:
        """Sweep until cancelled."""
        while True:
            more = self.sweep() == MOST_CUTS
            await asyncio.sleep(PAUSE_SECONDS if more else SWEEP_SECONDS)


class GuardedProtocol(HttpToolsProtocol):
    """One connection. `owing` is when the client began to owe us a whole request; 0.0 while it owes nothing."""

    gate: ClassVar[Gate]

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.owing = 0.0
        self.in_head = True
        self.head_bytes = 0
        self._address = ""
        self._unsent = 0
        self._stalled_at = 0.0

    # --- asyncio's calls ----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Let it in, or tell it that there are too many."""
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        self.owing = self.gate.clock()
        if not self.gate.enter(self, self._address):
            self._end(TooManyConnections("There are too many connections."))

    def connection_lost(self, exc: Exception | None) -> None:
        """Let it go."""
        self.gate.leave(self, self._address)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Any byte begins something that has to come to an end."""
        if not self.owing:
            self.owing = self.gate.clock()
        super().data_received(data)
        if self.in_head and self.owing:
            self.head_bytes += len(data)
            if self.head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                self._end(HeaderTooLarge(f"The header has more than {MAX_HEAD_BYTES} bytes."))

    # --- the parser's calls -------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A request has begun; also a second one within the same bytes."""
        self.in_head, self.head_bytes = True, 0
        if not self.owing:
            self.owing = self.gate.clock()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The header is whole."""
        self.in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole: now it is we who owe something."""
        self.owing = 0.0
        super().on_message_complete()

    # --- the gate's calls ---------------------------------------------------------------------------------------

    def overdue(self, now: float, seconds: float) -> bool:
        """Whether the client has owed us a request, or has left an answer untaken, for too long."""
        if self.owing and now - self.owing > seconds:
            return True
        unsent = self.transport.get_write_buffer_size()
        if not unsent or unsent < self._unsent:
            self._stalled_at = now
        self._unsent = unsent
        return bool(unsent) and now - self._stalled_at > STALL_SECONDS

    def cut(self) -> None:
        """End the connection; with a word, where a word can be said without breaking into an answer."""
        if self.in_head and not self._unsent and not self._answering:
            self._end(RequestTooSlow(f"The request was not whole after {self.gate.caps.receive_seconds:.0f} s."))
        self.transport.abort()

    @property
    def _answering(self) -> bool:
        cycle: Any = self.cycle  # None before the first request, whatever uvicorn says of its type
        return cycle is not None and not cycle.response_complete

    def _end(self, refusal: EdgeRefusal) -> None:
        reply = problems.reply(refusal, uuid7(), ((b"connection", b"close"),))
        head = [(b"content-type", reply.media), (b"content-length", b"%d" % len(reply.body)), *reply.headers]
        lines = b"".join(b"%s: %s\r\n" % header for header in head)
        self.transport.write(
            b"HTTP/1.1 %d %s\r\n%s\r\n%s" % (refusal.status, _PHRASES[refusal.status], lines, reply.body)
        )
        self.transport.close()


def protocol(gate: Gate) -> type[GuardedProtocol]:
    """The protocol class of a listener whose connections go through the gate."""
    return type("GatedProtocol", (GuardedProtocol,), {"gate": gate})


def configuration(
    app: Any, http: type[GuardedProtocol] | Literal["httptools"], *, drain_seconds: int = 1, backlog: int = 256
) -> Config:
    """How the application is served, in the store as in its tests; what a header says of the client is not believed."""
    return Config(
        app,
        http=http,
        loop="none",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=drain_seconds,
        backlog=backlog,
    )
