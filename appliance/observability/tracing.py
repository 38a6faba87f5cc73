"""Spans as the rest of the store knows them: a name, a parent as a traceparent, and a traceparent to hand on.

Nothing here knows OpenTelemetry. `appliance.observability.otel` does, and is loaded only where tracing is on, so that
a store without it pays nothing: whoever opens spans is put in place at the start or left out.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from appliance.errors import SettingsInvalid

Attributes = str | int | float | bool


class Tracing(Protocol):
    """Makes spans and sends them off, in a thread of its own; a receiver that is away costs spans, nothing else."""

    def span(
        self, name: str, parent: str | None = None, *, kind: str = "internal", **attributes: Attributes
    ) -> AbstractContextManager[str]:
        """A span around what is done within; gives the traceparent for what is called from there."""
        ...

    def close(self) -> None:
        """Send what is waiting, for a moment, and stop."""
        ...


class NoTracing:
    """Makes no spans and hands the parent on; for the few places that are too cold to be left out."""

    @contextmanager
    def span(
        self, name: str, parent: str | None = None, *, kind: str = "internal", **attributes: Attributes
    ) -> Iterator[str]:
        """Nothing but the parent."""
        del name, kind, attributes
        yield parent or ""

    def close(self) -> None:
        """Nothing."""


def open_tracing(endpoint: str, share: float, service: str, version: str, store_id: str) -> Tracing:
    """Spans sent to an OTLP/HTTP receiver. Raises SettingsInvalid where the packages are missing."""
    try:
        otel = importlib.import_module("appliance.observability.otel")
    except ImportError as error:
        detail = f"tracing.endpoint is set, but OpenTelemetry is not installed ({error}): pip install 'backroom[otel]'."
        raise SettingsInvalid(detail) from error
    opened: Tracing = otel.Otel(endpoint, share, service=service, version=version, store_id=store_id)
    return opened
