"""The hash chain: hash(n) = SHA-256(hash(n-1) || record(n)), with 32 zero bytes before the first record.

Records are hashed exactly as stored and sent, so a verifier in any language needs the records and nothing else.
"""

from __future__ import annotations

from hashlib import sha256

GENESIS = bytes(32)
MAX_RECORD_BYTES = 256 * 1024


def link(previous: bytes, record: bytes) -> bytes:
    """The hash of a record that follows `previous`."""
    return sha256(previous + record).digest()
