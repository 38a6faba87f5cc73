"""Secrets that are handed out once and kept as a hash: tokens for programs, codes for people."""

from __future__ import annotations

import secrets
from hashlib import sha256

TOKEN_BYTES = 32
SESSION_PREFIX = "bks_"
APPROVAL_PREFIX = "bka_"
CODE_LENGTH = 12  # of 32 signs: 60 bits, for minutes

_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no sign is taken for another
_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})


def token(prefix: str) -> str:
    """A token nobody can guess; the prefix makes it recognisable in a leak."""
    return prefix + secrets.token_urlsafe(TOKEN_BYTES)


def code() -> str:
    """A code to be typed, in groups of four."""
    signs = [secrets.choice(_SIGNS) for _ in range(CODE_LENGTH)]
    return "-".join("".join(signs[start : start + 4]) for start in range(0, CODE_LENGTH, 4))


def hashed(secret: str | bytes) -> bytes:
    """What is kept of a token."""
    return sha256(secret if isinstance(secret, bytes) else secret.encode()).digest()


def hashed_code(typed: str) -> bytes:
    """What is kept of a code, however it is typed."""
    return hashed(typed.upper().translate(_MEANT))
