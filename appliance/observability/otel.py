"""OpenTelemetry over OTLP/HTTP; an extra, loaded only where tracing is on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanKind, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from appliance.observability.tracing import Attributes

SEND_EVERY_MS = 1_000
SEND_SECONDS = 3  # for one batch; a receiver that takes longer costs its spans
MOST_WAITING = 4_096

KINDS: Mapping[str, SpanKind] = {
    "internal": SpanKind.INTERNAL,
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
}


class Otel:
    """Spans of one process; global state of OpenTelemetry is left alone."""

    def __init__(self, endpoint: str, share: float, *, service: str, version: str, store_id: str) -> None:
        about = {"service.name": service, "service.version": version, "service.instance.id": store_id}
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(share)), resource=Resource.create(about), shutdown_on_exit=False
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(
                OTLPSpanExporter(endpoint=endpoint, timeout=SEND_SECONDS),
                max_queue_size=MOST_WAITING,
                schedule_delay_millis=SEND_EVERY_MS,
            )
        )
        self._tracer = self._provider.get_tracer("backroom", version)
        self._text = TraceContextTextMapPropagator()

    @contextmanager
    def span(
        self, name: str, parent: str | None = None, *, kind: str = "internal", **attributes: Attributes
    ) -> Iterator[str]:
        """See Tracing. What ends in an error is marked by its class; its text may name people and is left out."""
        context = self._text.extract({"traceparent": parent}) if parent else None
        span = self._tracer.start_span(name, context, KINDS[kind], dict(attributes))
        carrier: dict[str, str] = {}
        self._text.inject(carrier, set_span_in_context(span))
        try:
            yield carrier["traceparent"]
        except BaseException as error:
            span.set_attribute("error.type", type(error).__name__)
            raise
        finally:
            span.end()

    def close(self) -> None:
        """See Tracing."""
        self._provider.shutdown()
