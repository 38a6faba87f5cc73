"""UUIDv7 (RFC 9562): ids that sort by time, so that index pages fill in order."""

from __future__ import annotations

import random
import time
from hashlib import sha256

_TIME = (1 << 48) - 1
_VERSION = 7 << 76
_VARIANT = 1 << 63
_LOW = (1 << 62) - 1

# Ids must be unique, not unguessable: a generator seeded once by the system is ten times cheaper than asking it each
# time. Tokens and keys come from `secrets`.
_entropy = random.Random()  # noqa: S311


def _format(milliseconds: int, entropy: int) -> str:
    """From 76 random bits, of which two give way to the variant."""
    whole = (milliseconds & _TIME) << 80 | _VERSION | (entropy >> 64) << 64 | _VARIANT | entropy & _LOW
    text = f"{whole:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def uuid7() -> str:
    """A fresh UUIDv7 from the wall clock and 74 random bits."""
    return _format(time.time_ns() // 1_000_000, _entropy.getrandbits(76))


def derived_uuid7(seed: str, milliseconds: int) -> str:
    """The same UUIDv7 for the same seed and time: what a repeatable import is made of."""
    return _format(milliseconds, int.from_bytes(sha256(seed.encode()).digest()[:10], "big") >> 4)


def keyed_uuid7(scope: str, key: str) -> str:
    """An id of now for what was asked for under an idempotency key; `trace` of it is the same for the same key."""
    return derived_uuid7(f"{scope}\n{key}", time.time_ns() // 1_000_000)


def trace(command_id: str) -> str:
    """An id without its time."""
    return command_id[15:]


def trace_of(scope: str, key: str) -> str:
    """The trace of every id that this key was ever given."""
    return trace(derived_uuid7(f"{scope}\n{key}", 0))
