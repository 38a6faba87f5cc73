"""A file sealed with a key of its own, chunk by chunk: AES-256-GCM, so that no part can be changed, moved or left out.

Each chunk is bound to the file's name, its own number, and whether it is the last.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appliance.eventstore.escrow import EscrowUnusable
from appliance.eventstore.vault import KEY_BYTES, NONCE_BYTES

CHUNK_BYTES = 1 << 20
TAG_BYTES = 16

Work = Callable[[bytes, bytes, bytes], bytes]


def new_key() -> bytes:
    """For one file: with it every chunk's nonce is its number."""
    return secrets.token_bytes(KEY_BYTES)


def seal(source: Path, target: Path, key: bytes) -> None:
    """Write `source`, sealed under its own name, to `target`."""
    _through(source, target, CHUNK_BYTES, AESGCM(key).encrypt, source.name)


def unseal(source: Path, target: Path, key: bytes) -> None:
    """Write what was sealed under `target`'s name to it. Raises EscrowUnusable where it does not open."""
    try:
        _through(source, target, CHUNK_BYTES + TAG_BYTES, AESGCM(key).decrypt, target.name)
    except InvalidTag as error:
        raise EscrowUnusable(f"{source.name} was changed, cut, or sealed with another key.") from error


def _through(source: Path, target: Path, chunk_bytes: int, work: Work, name: str) -> None:
    with source.open("rb") as found, target.open("wb") as out:
        target.chmod(0o600)
        chunk, number = found.read(chunk_bytes), 0
        while True:
            following = found.read(chunk_bytes)
            bound = f"{name}\n{number}\n{'more' if following else 'last'}".encode()
            out.write(work(number.to_bytes(NONCE_BYTES, "big"), chunk, bound))
            if not following:
                return
            chunk, number = following, number + 1
