"""UUIDv7 (RFC 9562): ids that sort by time, so that index pages fill in order."""

from __future__ import annotations

import random
import time
from hashlib import sha256

_VARIANTS = "89ab"


# Ids must be unique, not unguessable: a generator seeded once by the system is ten times cheaper than asking it each
# time. Tokens and keys come from `secrets`.
_entropy = random.Random()  # noqa: S311


def _format(milliseconds: int, entropy: int) -> str:
    """From 76 random bits, of which two give way to the variant."""
    time_part, random_part = f"{milliseconds & 0xFFFFFFFFFFFF:012x}", f"{entropy:019x}"
    return (
        f"{time_part[:8]}-{time_part[8:]}-7{random_part[:3]}-"
        f"{_VARIANTS[entropy >> 60 & 3]}{random_part[4:7]}-{random_part[7:]}"
    )


def uuid7() -> str:
    """A fresh UUIDv7 from the wall clock and 74 random bits."""
    return _format(time.time_ns() // 1_000_000, _entropy.getrandbits(76))


def derived_uuid7(seed: str, milliseconds: int) -> str:
    """The same UUIDv7 for the same seed and time: what a repeatable import is made of."""
    return _format(milliseconds, int.from_bytes(sha256(seed.encode()).digest()[:10], "big") >> 4)
