"""The event log: read by position, followed live."""

from __future__ import annotations

from appliance.api.call import Call
from appliance.api.changes import ChangeStream
from appliance.api.endpoint import PREFIX, Endpoint
from appliance.api.parameters import LIMIT, Integer, Parameter
from appliance.api.refusals import InvalidHeader
from appliance.api.reply import Reply, encode
from appliance.api.roles import EVERYBODY, OVERSIGHT
from appliance.api.stream import EventStream
from appliance.errors import BadCursor
from appliance.queries import cursors, events
from appliance.schemas import log as s

_VIEW = "events"
_AFTER = Integer(name="after", description="Only events past this position.", example="0", default=None)


async def page(call: Call) -> Reply:
    """Events past a position, oldest first, each record byte for byte as it was hashed."""
    query, readers = call.query, call.services.readers
    after = query["after"] or 0
    if query["cursor"] is not None:
        found = cursors.decode(_VIEW, query["cursor"], int)[0]
        after = max(after, int(found))
    head = call.services.writer.head.position
    shown = await events.after(readers, after, query["limit"])
    more = bool(shown) and shown[-1].position < head
    following = encode(cursors.encode(_VIEW, [shown[-1].position]) if more else None)
    items = b",".join([each.record for each in shown])
    return Reply(b'{"items":[%s],"next_cursor":%s,"head":%d}' % (items, following, head))


async def stream(call: Call) -> EventStream:
    """Events as they are committed; Last-Event-ID wins over `after`, since only a reconnect sends it."""
    return EventStream(call.services, _beginning(call), call.request_id)


async def changes(call: Call) -> EventStream:
    """That something changed and of which kind, for screens that then read anew what they show."""
    return ChangeStream(call.services, _beginning(call), call.request_id)


def _beginning(call: Call) -> int:
    last = call.headers.get(b"last-event-id")
    if last is not None and not (last.isdigit() and len(last) <= 18):  # noqa: PLR2004  beyond any position
        raise InvalidHeader("Last-Event-ID must be a position.", at="Last-Event-ID:")
    after = int(last) if last is not None else call.query["after"]
    return call.services.feed.position if after is None else after


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path=f"{PREFIX}/events",
        operation="list_events",
        summary="Read the event log",
        tag="log",
        handler=page,
        roles=OVERSIGHT,
        answer=s.EventList,
        query=(
            _AFTER,
            LIMIT,
            Parameter(name="cursor", description="The next_cursor of the part before.", example="MTA0Mg"),
        ),
        errors=(BadCursor,),
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/events/stream",
        operation="stream_events",
        summary="Follow the event log live",
        description=(
            "Server-sent events: `id` is the position, `event` the type, `data` the record. It goes on after"
            " Last-Event-ID, or `after`; without either with what is recorded from now on."
        ),
        tag="log",
        handler=stream,
        roles=OVERSIGHT,
        media="text/event-stream",
        query=(_AFTER,),
        errors=(InvalidHeader,),
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/changes",
        operation="stream_changes",
        summary="Hear live that something changed, and of which kind",
        description=(
            "Server-sent events: `id` is the position, `event` the type, and there is no data. What happens within a"
            " quarter of a second is told together, each type once with its latest position. It goes on after"
            " Last-Event-ID, or `after`; without either with what is recorded from now on."
        ),
        tag="log",
        handler=changes,
        roles=EVERYBODY,
        media="text/event-stream",
        query=(_AFTER,),
        errors=(InvalidHeader,),
    ),
)
