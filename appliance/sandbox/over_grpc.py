"""A provider over gRPC. Only loaded where grpcio is installed.

Every method is served as one that may answer many times, which is the same on the wire: so it can answer twice.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import grpc
import grpc.aio

from appliance.integration.operations import OPERATIONS, PACKAGE, Operation, Port
from appliance.integration.protos.documents import answer_class, document, request_class
from appliance.sandbox.http import LOOPBACK
from appliance.sandbox.over_rest import MIXED_UP, NOISE_BYTES
from appliance.sandbox.providers import Providers, Taken

CODE, PROCESSED, KEY = "backroom-code", "backroom-processed", "idempotency-key"
HUGE_BYTES = 32 << 20
MAX_REQUEST_BYTES = 1 << 20

# What a fault ends with: a status, and whether the provider owns up to having done nothing.
_STATUS: Mapping[str, tuple[grpc.StatusCode, str]] = {
    "busy": (grpc.StatusCode.UNAVAILABLE, "busy"),
    "error": (grpc.StatusCode.INTERNAL, ""),
    "error_after": (grpc.StatusCode.INTERNAL, ""),
    "redirect": (grpc.StatusCode.UNIMPLEMENTED, ""),
    "reset": (grpc.StatusCode.UNAVAILABLE, ""),
    "reset_before": (grpc.StatusCode.UNAVAILABLE, ""),
}
_SILENT = frozenset({"timeout", "hang", "drip"})


class GrpcServer:
    """One port's methods on loopback, stopped and started again on the same port."""

    def __init__(
        self, port: Port, providers: Providers, number: int = 0, certificate: tuple[bytes, bytes] | None = None
    ) -> None:
        """`certificate` is (key, chain), both PEM: with it only TLS is spoken."""
        self._providers = providers
        self._certificate = certificate
        self._service = f"{PACKAGE}.{port.title()}"
        self._operations = [each for each in OPERATIONS if each.port == port]
        self.port = number
        self._server: grpc.aio.Server | None = None

    async def start(self) -> None:
        """Listen. Raises OSError where the port is taken."""
        options = [("grpc.max_receive_message_length", MAX_REQUEST_BYTES), ("grpc.so_reuseport", 0)]
        server = grpc.aio.server(options=options)
        handlers = {
            each.rpc: grpc.unary_stream_rpc_method_handler(_method(each, self._providers)) for each in self._operations
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(self._service, handlers),))
        try:
            self.port = self._bound(server, f"{LOOPBACK}:{self.port}")
        except RuntimeError as error:
            raise OSError(str(error)) from error
        await server.start()
        self._server = server

    def _bound(self, server: grpc.aio.Server, address: str) -> int:
        if self._certificate is None:
            return int(server.add_insecure_port(address))
        return int(server.add_secure_port(address, grpc.ssl_server_credentials([self._certificate])))

    async def stop(self) -> None:
        """Listen no more, and leave every caller alone with it."""
        server, self._server = self._server, None
        if server is not None:
            await server.stop(None)


Method = Callable[[bytes, Any], AsyncIterator[bytes]]


def _method(operation: Operation, providers: Providers) -> Method:
    async def answer(raw: bytes, context: Any) -> AsyncIterator[bytes]:
        key = {str(name): str(value) for name, value in context.invocation_metadata()}.get(KEY, "")
        asked = document(request_class(operation).FromString(raw))
        taken = providers.take(operation, key, asked)
        if taken.refusal is not None:
            await _abort(context, grpc.StatusCode.FAILED_PRECONDITION, taken.refusal.detail, taken.refusal.code)
        if taken.fault is not None and taken.fault in _STATUS:
            status, code = _STATUS[taken.fault]
            await _abort(context, status, f"The sandbox was told: {taken.fault}.", code)
        if taken.fault in _SILENT:
            await asyncio.Event().wait()
        for each in _answers(operation, taken):
            yield each

    return answer


def _abort(context: Any, status: grpc.StatusCode, detail: str, code: str) -> Awaitable[None]:
    told = ((CODE, code), (PROCESSED, "false")) if code else ()
    aborted: Awaitable[None] = context.abort(status, detail, told)
    return aborted


def _answers(operation: Operation, taken: Taken) -> list[bytes]:
    told = dict(taken.answer or {})
    match taken.fault:
        case "garbage":
            return [random.Random(str(told)).randbytes(NOISE_BYTES)]  # noqa: S311  repeatable on purpose
        case "huge":
            return [b"\x0a" + b"a" * HUGE_BYTES]
        case "mixed_up":
            told["key"] = MIXED_UP
    message = answer_class(operation)(**told).SerializeToString()
    return [message, message] if taken.fault == "twice" else [message]
