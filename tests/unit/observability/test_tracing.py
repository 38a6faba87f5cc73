"""Spans reach a real OTLP/HTTP receiver and continue the trace that a till began."""

import importlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from appliance.errors import SettingsInvalid
from appliance.observability import tracing

TRACE = "0af7651916cd43dd8448eb211c80319c"
TILL = f"00-{TRACE}-b7ad6b7169203331-01"


@contextmanager
def receiver() -> Iterator[tuple[str, list[bytes]]]:
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/traces", bodies
        finally:
            server.shutdown()
            thread.join()


def test_spans_are_one_trace_from_the_tills_own() -> None:
    with receiver() as (url, bodies):
        made = tracing.open_tracing(url, 1.0, "backroom", "1", "store-1")
        with made.span("api", TILL, kind="server") as outer, made.span("call", outer, kind="client"):
            pass
        made.close()

    spans = [
        span
        for body in bodies
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    by_name = {span.name: span for span in spans}
    assert {span.trace_id.hex() for span in spans} == {TRACE}
    assert by_name["api"].parent_span_id.hex() == "b7ad6b7169203331"
    assert by_name["call"].parent_span_id == by_name["api"].span_id


def test_without_the_extra_what_to_install_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(SettingsInvalid) as raised:
        tracing.open_tracing("http://127.0.0.1:1/v1/traces", 1.0, "backroom", "1", "store-1")
    assert "backroom[otel]" in raised.value.detail
