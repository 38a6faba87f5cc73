"""From a declaration to a route: everything every request needs, in one function and with little of it.

Litestar finds the route and calls it; what is sold by comes before even that, see `app`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from litestar import Request
from litestar.enums import HttpMethod
from litestar.exceptions import MethodNotAllowedException
from litestar.handlers import ASGIRouteHandler, HTTPRouteHandler
from litestar.types import ASGIApp, ExceptionHandlersMap
from litestar.utils.signature import ParsedSignature
from pydantic import BaseModel, ValidationError

from appliance.api import problems
from appliance.api.call import Call
from appliance.api.card_numbers import refuse_cards
from appliance.api.endpoint import Endpoint
from appliance.api.json_depth import check_depth
from appliance.api.parameters import read_query
from appliance.api.receive import MAX_BODY_BYTES, MAX_LOCAL_BODY_BYTES, read_body
from appliance.api.refusals import Forbidden, InternalError, Unauthenticated
from appliance.api.reply import NO_CONTENT, Header, Reply
from appliance.api.services import Services
from appliance.api.shared import Shared
from appliance.domain.refusals import Refusal
from appliance.errors import CommandFailed, ProjectionRebuilding, SafeMode
from appliance.observability.correlation import CORRELATION
from appliance.observability.tracing import Tracing

_log = logging.getLogger("backroom.api")

_CHALLENGE: tuple[Header, ...] = ((b"www-authenticate", b'Bearer realm="backroom"'),)
_CLOSE: tuple[Header, ...] = ((b"connection", b"close"),)
OPTIONS = "OPTIONS"
UNREAD = frozenset({408, 413})  # answers that go out while a body may still be coming in


Serve = Callable[[Any, Any, Any], Awaitable[None]]
Serving = Callable[[Endpoint, Call, bytes], Awaitable[Reply]]
READS = frozenset({"GET", "HEAD"})


Addresses = Mapping[str, Mapping[str, Serve]]
"""Path -> method -> who serves it."""


def addresses_of(endpoints: Iterable[Endpoint], services: Services) -> Addresses:
    """What is served where."""
    addresses: dict[str, dict[str, Serve]] = {}
    for endpoint in endpoints:
        addresses.setdefault(endpoint.path, {})[endpoint.method] = _server_of(endpoint, services)
    return addresses


def routes_for(addresses: Addresses) -> list[ASGIRouteHandler | HTTPRouteHandler]:
    """Litestar's routes, one an address, with all its methods.

    An address without parameters is an ASGI route: a third of Litestar's own work is left out.
    Litestar does not find the parameters of ASGI routes, so the others are HTTP routes.
    """
    return [
        _http_route(path, methods) if "{" in path else _asgi_route(path, methods) for path, methods in addresses.items()
    ]


async def _asgi_shape(scope: Any, receive: Any, send: Any) -> None:
    """What every ASGI route is called with."""


async def _http_shape(request: Request[Any, Any, Any]) -> ASGIApp:
    """What every HTTP route is called with; never called, only its signature is read."""
    raise NotImplementedError


@cache
def _signature(shape: Callable[..., Any]) -> ParsedSignature:
    """Litestar reads a signature in most of a millisecond; all routes of a kind have the same."""
    return ParsedSignature.from_fn(shape, {})


@cache
def _http_model() -> Any:
    """The same for what Litestar makes of a signature."""
    return HTTPRouteHandler("/", http_method="GET", status_code=200)(_http_shape).signature_model


class _HttpRoute(HTTPRouteHandler):
    """Litestar's, with a signature that it need not read."""

    @property
    def parsed_fn_signature(self) -> ParsedSignature:
        return _signature(_http_shape)

    @property
    def signature_model(self) -> Any:
        return _http_model()


class _AsgiRoute(ASGIRouteHandler):
    """The same, which works out its exception handlers once and not for every request."""

    _handlers: ExceptionHandlersMap | None = None

    @property
    def parsed_fn_signature(self) -> ParsedSignature:
        return _signature(_asgi_shape)

    def resolve_exception_handlers(self) -> ExceptionHandlersMap:
        """As Litestar does; nothing changes them once the application stands."""
        if self._handlers is None:
            self._handlers = super().resolve_exception_handlers()
        return self._handlers


def _allowed(methods: Iterable[str]) -> str:
    return ", ".join(sorted((*methods, OPTIONS)))


def _with_options(methods: Mapping[str, Serve]) -> dict[str, Serve]:
    allow = [(b"allow", _allowed(methods).encode())]
    return {**methods, OPTIONS: Reply(b"", status=NO_CONTENT, headers=allow)}


def _asgi_route(path: str, methods: Mapping[str, Serve]) -> ASGIRouteHandler:
    served = _with_options(methods)
    allowed = _allowed(methods)

    async def enter(scope: Any, receive: Any, send: Any) -> None:
        serve = served.get(scope["method"])
        if serve is None:
            raise MethodNotAllowedException(headers={"allow": allowed})
        await serve(scope, receive, send)

    return _AsgiRoute(path, copy_scope=False)(enter)


def _http_route(path: str, methods: Mapping[str, Serve]) -> HTTPRouteHandler:
    served = _with_options(methods)

    async def enter(request: Request[Any, Any, Any]) -> ASGIApp:
        return served[request.scope["method"]]

    taken = [HttpMethod(method) for method in served]
    return _HttpRoute(path.replace("}", ":str}"), http_method=taken, status_code=200)(enter)


def _server_of(endpoint: Endpoint, services: Services) -> Serve:
    if endpoint.shared:
        endpoint = replace(endpoint, handler=Shared(endpoint.handler))
    meter = services.metrics.route(endpoint.path, endpoint.method)
    clock = time.perf_counter
    says_nothing = b"{}" if endpoint.body_optional else b""

    answer = _serve if services.safe_mode is None or endpoint.method in READS else _refusing(services.safe_mode)

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        started = clock()
        call = Call(services, scope, receive)
        CORRELATION.set(call.request_id)
        try:
            reply = await answer(endpoint, call, says_nothing)
        except Refusal as refusal:
            reply = _refused(refusal, call)
        except Exception as error:  # noqa: BLE001  a defect of ours ends here, and is answered
            _log.error("request %s failed", call.request_id, exc_info=error)
            reply = problems.reply(InternalError("The store could not answer this request."), call.request_id)
        else:
            reply.headers.append((b"x-request-id", call.request_id.encode()))
        meter.count(reply.status, clock() - started)
        await reply(scope, receive, send)

    return serve if services.tracing is None else _traced(serve, endpoint, services.tracing)


def _refusing(reason: str) -> Serving:
    """In safe mode: who answers instead of an endpoint that changes something."""

    async def refuse(endpoint: Endpoint, call: Call, says_nothing: bytes) -> Reply:
        del endpoint, call, says_nothing
        raise SafeMode(reason)

    return refuse


def _traced(serve: Serve, endpoint: Endpoint, tracing: Tracing) -> Serve:
    """The same within a span, which goes on as the request's own traceparent; put around at the start or not at all."""
    name = f"{endpoint.method} {endpoint.path}"

    async def traced(scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        given = headers.get(b"traceparent", b"").decode("ascii", "replace")
        with tracing.span(name, given or None, kind="server") as traceparent:
            headers[b"traceparent"] = traceparent.encode()
            scope["headers"] = list(headers.items())
            await serve(scope, receive, send)

    return traced


async def _serve(endpoint: Endpoint, call: Call, says_nothing: bytes) -> Reply:
    if endpoint.roles is not None:
        call.authenticate(endpoint.roles)
        call.guard = endpoint.guard
        if endpoint.local and not call.local:
            raise Forbidden("This is done on the store's own machine, over the control socket: use `backroom`.")
    else:
        call.welcome(endpoint.afar)
    call.query = read_query(call.scope["query_string"], endpoint.query)
    if endpoint.views:
        _check_views(endpoint, call.services)
    if endpoint.idempotent:
        call.take_key()
    if endpoint.body is not None:
        limit = MAX_LOCAL_BODY_BYTES if call.local else MAX_BODY_BYTES
        raw = call.raw = await read_body(call.headers, call.receive, limit)
        call.body = endpoint.read(raw) if endpoint.read is not None else None
        if call.body is None:
            if not call.local:
                check_depth(raw)
            call.body = _validated(endpoint.body, raw or says_nothing)
            refuse_cards(raw)  # what is read the short way has its few texts looked at by the domain
    reply: Reply = await endpoint.handler(call)
    return reply


def _validated(model: type[BaseModel], raw: bytes) -> BaseModel:
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise problems.invalid(error) from None


def _check_views(endpoint: Endpoint, services: Services) -> None:
    for name in endpoint.views:
        progress = services.maintenance.building(name)
        if progress is not None:
            raise ProjectionRebuilding(f"The view {name!r} is being rebuilt.", projection=name, progress=progress)


def _refused(refusal: Refusal, call: Call) -> Reply:
    if isinstance(refusal, CommandFailed):
        _log.error("request %s failed", call.request_id, exc_info=refusal.__cause__)
    headers = _CHALLENGE if isinstance(refusal, Unauthenticated) else _CLOSE if refusal.status in UNREAD else ()
    return problems.reply(refusal, call.request_id, headers)
