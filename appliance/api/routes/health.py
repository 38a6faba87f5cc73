"""Health and metrics: open to whoever watches the machine, without a prefix."""

from __future__ import annotations

from appliance.api import health as checks
from appliance.api.call import Call
from appliance.api.endpoint import Endpoint
from appliance.api.reply import Reply, encode
from appliance.api.roles import OVERSIGHT
from appliance.eventstore.clock import rfc3339
from appliance.observability.metrics import CONTENT_TYPE
from appliance.schemas import operations as s

UNAVAILABLE = 503


async def health(call: Call) -> Reply:
    """Every part of the store."""
    return _answered(await checks.health(call.services))


async def ready(call: Call) -> Reply:
    """Whether it can sell."""
    return _answered(await checks.health(call.services, checks.READINESS))


async def live(call: Call) -> Reply:
    """Whether the process answers; nothing else is asked."""
    return Reply(encode({"status": checks.UP, "timestamp": rfc3339(call.services.clock())}))


async def metrics(call: Call) -> Reply:
    """Measurements for Prometheus."""
    return Reply(call.services.metrics.text(), media=CONTENT_TYPE.encode())


def _answered(found: dict[str, object]) -> Reply:
    return Reply(encode(found), status=200 if found["status"] == checks.UP else UNAVAILABLE)


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/health",
        operation="get_health",
        summary="Whether each part of the store can do its work",
        tag="health",
        handler=health,
        roles=None,
        answer=s.Health,
        also=((UNAVAILABLE, s.Health),),
    ),
    Endpoint(
        method="GET",
        path="/health/live",
        operation="get_liveness",
        summary="Whether the process answers",
        tag="health",
        handler=live,
        roles=None,
        answer=s.Liveness,
    ),
    Endpoint(
        method="GET",
        path="/health/ready",
        operation="get_readiness",
        summary="Whether the store can sell",
        tag="health",
        handler=ready,
        roles=None,
        answer=s.Health,
        also=((UNAVAILABLE, s.Health),),
    ),
    Endpoint(
        method="GET",
        path="/metrics",
        operation="get_metrics",
        summary="Measurements, for Prometheus",
        tag="health",
        handler=metrics,
        roles=None,
        afar=OVERSIGHT,
        media="text/plain",
    ),
)
