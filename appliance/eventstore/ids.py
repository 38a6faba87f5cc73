"""UUIDv7 (RFC 9562): ids that sort by time, so that index pages fill in order."""

from __future__ import annotations

import random
import time
from hashlib import sha256

_VERSION_7 = 0x7000
_VARIANT = 0x8000


# Ids must be unique, not unguessable: a generator seeded once by the system is ten times cheaper than asking it each
# time. Tokens and keys come from `secrets`.
_entropy = random.Random()  # noqa: S311


def _format(milliseconds: int, entropy: int) -> str:
    return (
        f"{milliseconds >> 16 & 0xFFFFFFFF:08x}-{milliseconds & 0xFFFF:04x}-{_VERSION_7 | entropy >> 62 & 0xFFF:04x}-"
        f"{_VARIANT | entropy >> 48 & 0x3FFF:04x}-{entropy & 0xFFFFFFFFFFFF:012x}"
    )


def uuid7() -> str:
    """A fresh UUIDv7 from the wall clock and 74 random bits."""
    return _format(time.time_ns() // 1_000_000, _entropy.getrandbits(74))


def derived_uuid7(seed: str, milliseconds: int) -> str:
    """The same UUIDv7 for the same seed and time: what a repeatable import is made of."""
    return _format(milliseconds, int.from_bytes(sha256(seed.encode()).digest()[:10], "big"))
