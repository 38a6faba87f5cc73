"""The hash chain: hash(n) = SHA-256(hash(n-1) || record(n)), with 32 zero bytes before the first record.

Records are hashed exactly as stored and sent, so a verifier in any language needs the records and nothing else.
"""

from __future__ import annotations

from hashlib import sha256

GENESIS = bytes(32)
# hashlib lets go of the interpreter for anything of 2,048 bytes or more, and whoever takes it may keep it for 5 ms:
# on the writer's thread that is longer than everything else a sale takes.
_AT_ONCE = 2_047
MAX_RECORD_BYTES = 256 * 1024


def link(previous: bytes, record: bytes) -> bytes:
    """The hash of a record that follows `previous`."""
    digest = sha256(previous)
    for start in range(0, len(record), _AT_ONCE):
        digest.update(record[start : start + _AT_ONCE])
    return digest.digest()
