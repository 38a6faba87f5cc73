"""A real receiver of OTLP/HTTP on loopback, and the spans it was sent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Span:
    """One span as it arrived, and who made it."""

    service: str
    name: str
    trace: str
    span_id: str
    parent: str
    kind: int


@dataclass
class Receiver:
    """Keeps every body it was sent."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)

    @property
    def spans(self) -> list[Span]:
        """Every span so far."""
        return [each for body in self.bodies for each in _spans(body)]

    def of(self, trace: str) -> dict[str, Span]:
        """The spans of one trace by service and name; of those with one name the last."""
        return {f"{each.service}: {each.name}": each for each in self.spans if each.trace == trace}


def _spans(body: bytes) -> Iterator[Span]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        about = {each.key: each.value.string_value for each in resource.resource.attributes}
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Span(about["service.name"], span.name, *_ids(span), span.kind)


def _ids(span: Any) -> tuple[str, str, str]:
    return span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()


@contextmanager
def receiver() -> Iterator[Receiver]:
    """One that listens until the block is left."""
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        found.url = f"http://127.0.0.1:{server.server_port}/v1/traces"
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()
