"""PINs: what makes a good one, and how one is kept and compared. The one home of argon2.

argon2id at 19 MiB, two passes, one lane (OWASP), of the PIN keyed with a pepper that stands in a file beside the
database: whoever has only the database has nothing to guess against. Each hash takes its memory and some 30 ms of a
core, so few run at once, few more wait, and the rest is told to come back: a flood of sign-ons is no flood of memory.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from appliance.access.refusals import PinTooSimple
from appliance.errors import Overloaded

T = TypeVar("T")

MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
WORKERS = 2
MOST_WAITING = 16
PEPPER_BYTES = 32
SHORTEST, LONGEST = 4, 12

# What the PIN of nobody is compared with, so that it takes as long as somebody's.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyBhIHNhbHQ$" + "A" * 43


class Pins:
    """Hashes and compares PINs in a small pool of threads, never on the event loop or the writer."""

    def __init__(self, pepper: bytes) -> None:
        self._pepper = pepper
        self._hasher = PasswordHasher(PASSES, MEMORY_KIB, LANES)
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="pins")
        self._waiting = 0
        self.pepper_id = pepper_id(pepper)

    async def hash(self, pin: str) -> str:
        """What is kept of a PIN. Raises PinTooSimple, Overloaded."""
        check(pin)
        return await self._run(lambda: self._hasher.hash(self._keyed(pin)))

    async def matches(self, kept: str | None, pin: str) -> bool:
        """Whether the PIN is the one; as long for nobody's (None) as for somebody's. Raises Overloaded."""
        right = await self._run(lambda: self._verify(kept or _NOBODY, pin))
        return right and kept is not None

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _verify(self, kept: str, pin: str) -> bool:
        try:
            return self._hasher.verify(kept, self._keyed(pin))
        except (VerificationError, InvalidHashError):
            return False

    def _keyed(self, pin: str) -> bytes:
        return hmac.digest(self._pepper, pin.encode(), "sha256")

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= WORKERS + MOST_WAITING:
            raise Overloaded(f"{self._waiting} PINs are being looked at already.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._waiting -= 1


def pepper_id(pepper: bytes) -> str:
    """Tells peppers apart without telling anything of them: a PIN hashed with another one cannot be right."""
    return sha256(b"pepper id\n" + pepper).hexdigest()[:16]


def check(pin: str) -> None:
    """Refuse what everybody would try first."""
    if not (SHORTEST <= len(pin) <= LONGEST and pin.isascii() and pin.isdigit()):
        raise PinTooSimple(f"A PIN has {SHORTEST} to {LONGEST} digits.", at="/pin")
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if steps in ({0}, {1}, {9}):
        raise PinTooSimple("Its digits are all alike or simply count.", at="/pin")


def pepper(path: Path) -> bytes:
    """The pepper, made at its first use: in a file of its own that only the store's user can read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        _make(path)
        return path.read_bytes()


def _make(path: Path) -> None:
    draft = path.with_name(f"{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(secrets.token_bytes(PEPPER_BYTES))
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)
