"""The application: endpoints and pages on Litestar's router, and every other end of a request as a problem."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.plugins import PluginProtocol

from appliance.api import health, live_checks, problems
from appliance.api.endpoint import PREFIX
from appliance.api.endpoints import ENDPOINTS
from appliance.api.pages import PAGES
from appliance.api.refusals import EdgeRefusal, InternalError, InvalidHeader, MethodNotAllowed, NoSuchRoute
from appliance.api.reply import Header
from appliance.api.serve import Serve, addresses_of, routes_for
from appliance.api.services import Services
from appliance.eventstore.ids import uuid7
from appliance.observability.metrics import Read

SALES = f"{PREFIX}/sales"
UNROUTED = "unrouted"  # what requests to no route are counted under
NOT_FOUND, METHOD_NOT_ALLOWED, BAD_REQUEST = 404, 405, 400

_log = logging.getLogger("backroom.api")


class _Litestar(Litestar):
    """Litestar without what it loads for models in its handlers' signatures: ours have none.

    Its own defaults bring in pydantic's first version and attrs, a tenth of the time a store takes to be ready.
    And a sale does not wait for its router: what it would find is found by one look into a table.
    """

    __slots__ = ("straight",)
    straight: Mapping[str, Serve]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """As Litestar does, but for a sale."""
        serve = self.straight.get(scope["method"]) if scope.get("path") == SALES else None
        if serve is None:
            await super().__call__(scope, receive, send)
        else:
            await serve(scope, receive, send)

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return plugins


def create_app(services: Services) -> Litestar:
    """The ASGI application over these services; it opens and closes nothing of them."""
    _watch(services)
    unrouted = services.metrics.route(UNROUTED, "any")

    def refuse(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        """Whatever no endpoint has answered: an unknown address or method, or a defect of ours."""
        request_id = uuid7()
        refusal, headers = _explained(error, request)
        if isinstance(refusal, InternalError):
            _log.error("request %s failed", request_id, exc_info=error)
        unrouted.count(refusal.status, 0.0)
        return _response(refusal, request_id, headers)

    addresses = addresses_of((*ENDPOINTS, *PAGES), services)
    app = _Litestar(
        routes_for(addresses),
        exception_handlers={Exception: refuse},
        openapi_config=None,
        logging_config=None,
        debug=False,
    )
    app.straight = addresses[SALES]
    return app


def _explained(error: Exception, request: Request[Any, Any, Any]) -> tuple[EdgeRefusal, Sequence[Header]]:
    status = error.status_code if isinstance(error, HTTPException) else 0
    if status == NOT_FOUND:
        return NoSuchRoute(f"Nothing is served at {request.scope['path'][:200]!r}."), ()
    if status == METHOD_NOT_ALLOWED:
        allowed = _allowed(error)
        detail = f"{request.scope['method'][:20]} is not among: {allowed}."
        return MethodNotAllowed(detail, allowed=allowed.split(", ")), ((b"allow", allowed.encode()),)
    if status == BAD_REQUEST:
        return InvalidHeader("The Host header is not valid.", at="Host:"), ()
    return InternalError("The store could not answer this request."), ()


def _allowed(error: Exception) -> str:
    headers = getattr(error, "headers", None) or {}
    return ", ".join(sorted(str(headers.get("allow", "")).split(", ")))


def _response(refusal: EdgeRefusal, request_id: str, headers: Sequence[Header]) -> Response[bytes]:
    reply = problems.reply(refusal, request_id, headers)
    return Response(
        reply.body,
        status_code=reply.status,
        media_type=reply.media.decode(),
        headers={name.decode(): value.decode() for name, value in reply.headers},
    )


def _sagas(services: Services) -> dict[str, Read]:
    def sagas(*statuses: str) -> Read:
        return lambda: sum(services.sagas.census.sagas.get(each, 0) for each in statuses)

    def messages(*states: str) -> Read:
        return lambda: sum(services.sagas.census.messages.get(each, 0) for each in states)

    return {
        "backroom_sagas_running": sagas("running", "compensating"),
        "backroom_sagas_waiting": sagas("waiting"),
        "backroom_sagas_stuck": sagas("stuck"),
        "backroom_messages_due": messages("due"),
        "backroom_messages_oldest_due_seconds": lambda: services.sagas.census.oldest_due_s,
        "backroom_messages_delayed": messages("waiting"),
        "backroom_messages_dead": messages("dead", "parked"),
    }


def _watch(services: Services) -> None:
    """Let the metrics read, whenever they are asked for, what needs no counting."""
    writer, cache, feed, begun = services.writer, services.orders_cache, services.feed, time.monotonic()
    reads: dict[str, Read] = {
        "backroom_writer_queue_commands": lambda: writer.queued,
        "backroom_log_position": lambda: writer.head.position,
        "backroom_wal_bytes": lambda: health.wal_bytes(services),
        "backroom_disk_free_bytes": lambda: health.free_bytes(services),
        "backroom_disk_full": lambda: float(writer.stats.disk_full),
        "backroom_event_stream_clients": lambda: feed.clients,
        "backroom_order_cache_hits_total": lambda: cache.hits,
        "backroom_order_cache_misses_total": lambda: cache.misses,
        "backroom_autonomy_days": lambda: live_checks.autonomy(services).days,
        "backroom_uptime_seconds": lambda: time.monotonic() - begun,
    }
    services.metrics.watch(reads | _sagas(services) | (services.sync.reads() if services.sync else {}))
    services.metrics.describe(services.version, services.store_id, services.mode)
