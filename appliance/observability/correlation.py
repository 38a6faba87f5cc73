"""Which piece of work this task belongs to: one id from a till's request through a saga's steps to head office.

It is the `correlation_id` that records carry in their metadata, so a line of the journal and an event in the log name
the same thing. Beside it stands the traceparent that the till sent, where it sent one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

CORRELATION: ContextVar[str] = ContextVar("correlation_id", default="")
TRACEPARENT: ContextVar[str] = ContextVar("traceparent", default="")


@contextmanager
def correlated(correlation_id: str, traceparent: str | None = None) -> Iterator[None]:
    """Everything that is logged or called within belongs to this."""
    first, second = CORRELATION.set(correlation_id), TRACEPARENT.set(traceparent or "")
    try:
        yield
    finally:
        CORRELATION.reset(first)
        TRACEPARENT.reset(second)
