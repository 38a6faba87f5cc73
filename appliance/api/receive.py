"""Bodies, with a limit on their size and on the time they may take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from appliance.api.refusals import BodyTooLarge, BodyTooSlow, NotJson
from appliance.application.deadlines import Deadlines

MAX_BODY_BYTES = 1 << 20
MAX_LOCAL_BODY_BYTES = 64 << 20  # imports over the control socket
RECEIVE_SECONDS = 10.0  # no server below us cuts a body that trickles

_deadlines = Deadlines()


async def read_body(headers: Mapping[bytes, bytes], receive: Any, limit: int) -> bytes:
    """The whole body. Raises NotJson, BodyTooLarge (before reading, where its length is told), BodyTooSlow."""
    _check_media(headers.get(b"content-type"))
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    try:
        return await _deadlines.begun(_whole(receive, limit), RECEIVE_SECONDS)
    except TimeoutError:
        raise BodyTooSlow(f"The body was not complete after {RECEIVE_SECONDS:.0f} s.") from None


async def _whole(receive: Any, limit: int) -> bytes:
    message = await receive()
    if message.get("more_body", False):
        return await _rest(message, receive, limit)
    body: bytes = message.get("body", b"")
    if len(body) > limit:
        raise _too_large(limit)
    return body


async def _rest(message: dict[str, Any], receive: Any, limit: int) -> bytes:
    parts = [message.get("body", b"")]
    size = len(parts[0])
    while message.get("more_body", False):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyTooSlow("The connection ended in the middle of the body.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise _too_large(limit)
    return b"".join(parts)


def _check_media(media: bytes | None) -> None:
    """JSON, by whatever parameters; a client that names no type is taken at its word."""
    if media is not None and media.partition(b";")[0].strip().lower() != b"application/json":
        raise NotJson(f"The body is {media[:100].decode('latin-1')!r}.", at="Content-Type:")


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"The body has more than {limit} bytes.", limit=limit)
