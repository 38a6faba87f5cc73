"""Where a list goes on: the last key that was sent, opaque to the client and of no use with another list."""

from __future__ import annotations

import base64
import binascii
import json
from hashlib import sha256

from appliance.errors import BadCursor

CHECK_BYTES = 6  # nobody hits upon a cursor by chance; it is no secret and guards nothing

Key = list[int | str]


def encode(view: str, key: Key) -> str:
    """The cursor that goes on after `key` in the view; a view's name includes what it was filtered by."""
    payload = json.dumps(key, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_check(view, payload) + payload).rstrip(b"=").decode()


def decode(view: str, cursor: str, *kinds: type) -> Key:
    """The key that `encode` was given for this very view; `kinds` are its parts' types. Raises BadCursor."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _bad() from error
    check, payload = raw[:CHECK_BYTES], raw[CHECK_BYTES:]
    if check != _check(view, payload):
        raise _bad()
    key: Key = json.loads(payload)
    if [type(part) for part in key] != [*kinds]:
        raise _bad()
    return key


def _check(view: str, payload: bytes) -> bytes:
    return sha256(view.encode() + b"\0" + payload).digest()[:CHECK_BYTES]


def _bad() -> BadCursor:
    return BadCursor("The cursor was not handed out by this list.", at="/cursor")
