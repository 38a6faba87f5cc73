"""One port's line to its provider: what stands around every call, whatever protocol carries it.

From the outside in: the breaker is asked, a place among the calls at once is taken, the clock is started, an instance
is chosen, its address judged, the request sent, the answer read up to its limit and understood. Every end but an
answer is one of the four errors of `appliance.application.outside`. Nothing is repeated here: an error is the saga's
to judge, which may wait for days. Only an instance that refuses the connection is followed by the next one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from appliance.application.outside import Declined, NotSent, OutcomeUnknown, OutsideError, TryAgain
from appliance.integration.addresses import Addresses
from appliance.integration.breaker import Breaker, BreakerOpen
from appliance.integration.bulkhead import Bulkhead, Full
from appliance.integration.hosts import Hosts, Target
from appliance.integration.operations import Operation, Port
from appliance.integration.wire import Document
from appliance.observability.correlation import TRACEPARENT
from appliance.observability.tracing import NoTracing, Tracing

T = TypeVar("T")
Read = Callable[[Document, str], T]

BUSY_SECONDS = 1.0
PATIENCE_SECONDS = 5.0  # for a place among the calls at once; with the call itself less than a step may take

# What says nothing against the provider: it answered, or was never asked.
NO_FAILURE_CODES = frozenset({"host-not-allowed", "address-not-allowed"})


@dataclass(slots=True)
class Attempt:
    """One call on its way. `sent` is set just before its first byte leaves: what fails earlier is no call at all."""

    operation: Operation
    key: str
    request: Document
    sent: bool = False
    traceparent: str = ""


class Transport(Protocol):
    """A protocol that carries calls."""

    async def call(self, target: Target, attempt: Attempt) -> Document:
        """The provider's answer as a document. Raises OutsideError, NotSent only where nothing was sent."""
        ...

    async def close(self) -> None:
        """Let connections go."""
        ...


class Observe(Protocol):
    """Who counts calls."""

    def called(self, port: Port, operation: str, outcome: str, seconds: float) -> None:
        """A call has ended, so."""
        ...


class Ignore:
    """Counts nothing."""

    def called(self, port: Port, operation: str, outcome: str, seconds: float) -> None:
        """Nothing."""


OUTCOMES: dict[type[OutsideError], str] = {
    NotSent: "not_sent",
    TryAgain: "try_again",
    Declined: "declined",
    OutcomeUnknown: "unknown",
}


def is_failure(error: Exception) -> bool:
    """Whether an error speaks against the provider."""
    return not isinstance(error, Declined) and getattr(error, "code", "") not in NO_FAILURE_CODES


class Line:
    """Calls to one provider."""

    def __init__(
        self,
        port: Port,
        transport: Transport,
        addresses: Addresses,
        hosts: Hosts,
        *,
        timeout_s: float,
        max_concurrent: int,
        observe: Observe,
        tracing: Tracing | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        self.port = port
        self.breaker = breaker or Breaker(is_failure=is_failure)
        self.bulkhead = Bulkhead(max_concurrent, PATIENCE_SECONDS)
        self._transport = transport
        self._addresses = addresses
        self._hosts = hosts
        self._timeout_s = timeout_s
        self._observe = observe
        self._tracing = tracing or NoTracing()

    async def call(self, operation: Operation, key: str, request: Document, read: Read[T]) -> T:
        """The answer, understood. Raises OutsideError."""
        begun, outcome = time.perf_counter(), "cancelled"
        try:
            answer = await self._guarded(operation, key, request, read)
        except OutsideError as error:
            outcome = OUTCOMES[type(error)]
            raise
        else:
            outcome = "answered"
            return answer
        finally:
            self._observe.called(self.port, operation.name, outcome, time.perf_counter() - begun)

    async def close(self) -> None:
        """No more calls."""
        await self._addresses.close()
        await self._transport.close()

    async def _guarded(self, operation: Operation, key: str, request: Document, read: Read[T]) -> T:
        try:
            self.breaker.check()
            async with self.bulkhead.place():
                return await self.breaker.run(lambda: self._in_time(operation, key, request, read))
        except BreakerOpen as refused:
            wait = refused.retry_after_s
            detail = f"The {self.port} provider failed again and again; it is tried next in {wait:.0f} s."
            raise NotSent("breaker-open", detail, retry_after_s=wait) from None
        except Full:
            detail = f"All calls to the {self.port} provider that may run at once are running."
            raise NotSent("busy", detail, retry_after_s=BUSY_SECONDS) from None

    async def _in_time(self, operation: Operation, key: str, request: Document, read: Read[T]) -> T:
        attempt = Attempt(operation, key, request)
        name = f"call {self.port} {operation.name}"
        try:
            with self._tracing.span(name, TRACEPARENT.get(), kind="client") as attempt.traceparent:
                async with asyncio.timeout(self._timeout_s):
                    return read(await self._to_some_instance(attempt), key)
        except TimeoutError:
            raise self._too_late(attempt) from None
        except (OutcomeUnknown, TryAgain, Declined) as error:
            if (told := _told_truly(error, operation)) is error:
                raise
            raise told from error

    def _too_late(self, attempt: Attempt) -> OutsideError:
        if not attempt.sent:
            return NotSent("unreachable", f"The {self.port} provider was not reached within {self._timeout_s:g} s.")
        detail = f"The {self.port} provider did not answer within {self._timeout_s:g} s."
        return _told_truly(OutcomeUnknown("timeout", detail), attempt.operation)

    async def _to_some_instance(self, attempt: Attempt) -> Document:
        refused: NotSent | None = None
        for endpoint in await self._addresses.choose():
            try:
                return await self._transport.call(await self._hosts.target(endpoint), attempt)
            except NotSent as error:
                self._addresses.refused(endpoint)
                refused = error
        raise refused or NotSent("no-instance", f"There is no instance of the {self.port} provider.")


def _told_truly(error: OutsideError, operation: Operation) -> OutsideError:
    """What an error means for whoever made this call.

    A look that failed changed nothing, so it may be made again. A query that failed, however, leaves the outcome it
    asked for as unknown as it was, and must never be taken for an answer about it.
    """
    if operation.is_query:
        return OutcomeUnknown(error.code, error.detail)
    if not operation.changes and isinstance(error, OutcomeUnknown):
        return TryAgain(error.code, error.detail)
    return error
