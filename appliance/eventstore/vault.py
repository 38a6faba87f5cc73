"""Sealed personal data: AES-256-GCM with a key a subject, the keys in a file of their own.

Data is sealed before the record is hashed, so destroying a key makes it unreadable for ever while the chain still
verifies. Keys stand in `keys.db`, never in the log: a key is durable before the first event that needs it commits and
is destroyed after `customer.erased` commits. Deleted bytes are overwritten (`secure_delete`), and the rollback
journal, which holds them for a moment, is truncated with every commit.
"""

from __future__ import annotations

import base64
import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appliance.domain.events import Sealed
from appliance.errors import StoreFull

KEY_BYTES = 32
NONCE_BYTES = 12  # NIST SP 800-38D
CACHED_KEYS = 10_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS subject_keys (
  subject TEXT PRIMARY KEY, key_id TEXT NOT NULL, key BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS escrow (
  subject TEXT PRIMARY KEY, key_id TEXT NOT NULL, recipient TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""


class Vault:
    """The store's keys. Safe to use from any thread; every change is on the disk when the call returns."""

    def __init__(self, path: Path) -> None:
        created = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.close(created)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=TRUNCATE", "synchronous=EXTRA", "secure_delete=ON", "busy_timeout=5000"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(_SCHEMA)
        self._lock = threading.Lock()
        self._keys: dict[str, tuple[str, bytes] | None] = {}
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        """Be told, on whichever thread it happens, that a key was made or destroyed."""
        self._listeners.append(listener)

    def secret(self, name: str) -> bytes:
        """A random secret of this store, made at its first use; e.g. what keys the fingerprints of receipts."""
        with self._lock:
            self._db.execute("INSERT OR IGNORE INTO secrets VALUES (?, ?)", (name, secrets.token_bytes(KEY_BYTES)))
            return bytes(self._db.execute("SELECT value FROM secrets WHERE name = ?", (name,)).fetchone()[0])

    def seal(self, subject: str, fields: Mapping[str, str]) -> Sealed:
        """Encrypt `fields` for `subject`, making its key first where it has none; not for the writer thread.

        Raises StoreFull where there is no room for a key.
        """
        key_id, key = self._key_for(subject)
        nonce = os.urandom(NONCE_BYTES)
        ciphertext = AESGCM(key).encrypt(nonce, msgspec.json.encode(dict(fields)), _bound_to(subject, key_id))
        return Sealed(
            subject=subject,
            key_id=key_id,
            nonce=base64.b64encode(nonce).decode(),
            ciphertext=base64.b64encode(ciphertext).decode(),
        )

    def open(self, sealed: Sealed) -> dict[str, str] | None:
        """The fields, or None where the key is gone or another one: erased."""
        found = self._find(sealed.subject)
        return None if found is None else open_sealed(sealed, *found)

    def destroy(self, subjects: Iterable[str]) -> int:
        """Destroy the keys of `subjects`; repeating it is harmless. Returns how many there still were."""
        gone = 0
        with self._lock:
            for subject in subjects:
                gone += self._db.execute("DELETE FROM subject_keys WHERE subject = ?", (subject,)).rowcount
                self._keys.pop(subject, None)
        if gone:
            self._tell()
        return gone

    def adopt(self, subject: str, key_id: str, key: bytes) -> bool:
        """Take over a key that this store or its predecessor made; False where the subject has one already."""
        with self._lock:
            fresh = (subject, key_id, key)
            taken = self._db.execute("INSERT OR IGNORE INTO subject_keys VALUES (?, ?, ?)", fresh).rowcount
        return bool(taken)

    def known(self) -> set[str]:
        """Every subject that has a key here."""
        with self._lock:
            return {subject for (subject,) in self._db.execute("SELECT subject FROM subject_keys")}

    # --- copies of the keys elsewhere -----------------------------------------------------------------------------

    def uncopied(self, recipient: str, limit: int) -> list[tuple[str, str, bytes]]:
        """Some (subject, key id, key) that are not known to lie with the recipient."""
        sql = (
            "SELECT k.subject, k.key_id, k.key FROM subject_keys k LEFT JOIN escrow e"
            " ON e.subject = k.subject AND e.key_id = k.key_id AND e.recipient = ? WHERE e.subject IS NULL LIMIT ?"
        )
        with self._lock:
            return self._db.execute(sql, (recipient, limit)).fetchall()

    def outlived(self, limit: int) -> list[str]:
        """Some subjects whose copy may still lie elsewhere, though the key has been destroyed here."""
        sql = (
            "SELECT e.subject FROM escrow e LEFT JOIN subject_keys k ON k.subject = e.subject"
            " WHERE k.subject IS NULL LIMIT ?"
        )
        with self._lock:
            return [subject for (subject,) in self._db.execute(sql, (limit,))]

    def note_copy(self, subject: str, key_id: str, recipient: str) -> None:
        """Write down, before it is sent, that a copy may lie with the recipient."""
        with self._lock:
            self._db.execute("REPLACE INTO escrow VALUES (?, ?, ?)", (subject, key_id, recipient))

    def doubt_copy(self, subjects: Iterable[str]) -> None:
        """Send again what turned out not to lie there; that it may is kept, should the key be destroyed before."""
        with self._lock:
            sql = "UPDATE escrow SET recipient = '' WHERE subject = ?"
            self._db.executemany(sql, [(subject,) for subject in subjects])

    def forget_copy(self, subjects: Iterable[str]) -> None:
        """Write down that no copy lies elsewhere."""
        with self._lock:
            self._db.executemany("DELETE FROM escrow WHERE subject = ?", [(subject,) for subject in subjects])

    def copied(self) -> set[str]:
        """The subjects whose copies are taken to lie elsewhere."""
        with self._lock:
            return {subject for (subject,) in self._db.execute("SELECT subject FROM escrow")}

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._keys.clear()
            self._db.close()

    def _key_for(self, subject: str) -> tuple[str, bytes]:
        with self._lock:
            made = self._make_key(subject)
            found = self._read(subject)
        if made:
            self._tell()
        if found is None:
            message = "a key that was just made is not there"
            raise sqlite3.DatabaseError(message)
        return found

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    def _make_key(self, subject: str) -> bool:
        fresh = (subject, secrets.token_hex(8), secrets.token_bytes(KEY_BYTES))
        try:
            return bool(self._db.execute("INSERT OR IGNORE INTO subject_keys VALUES (?, ?, ?)", fresh).rowcount)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_FULL:
                detail = "There is no room left on the disk for a new key."
                raise StoreFull(detail) from error
            raise

    def _find(self, subject: str) -> tuple[str, bytes] | None:
        with self._lock:
            return self._read(subject)

    def _read(self, subject: str) -> tuple[str, bytes] | None:
        known = self._keys.get(subject)
        if known is not None:
            return known
        row = self._db.execute("SELECT key_id, key FROM subject_keys WHERE subject = ?", (subject,)).fetchone()
        if row is None:
            return None
        if len(self._keys) >= CACHED_KEYS:
            self._keys.clear()
        self._keys[subject] = (row[0], bytes(row[1]))
        return self._keys[subject]


def open_sealed(sealed: Sealed, key_id: str, key: bytes) -> dict[str, str] | None:
    """The fields that were sealed, or None where the key is another one."""
    if key_id != sealed.key_id:
        return None
    nonce, ciphertext = base64.b64decode(sealed.nonce), base64.b64decode(sealed.ciphertext)
    try:
        plain = AESGCM(key).decrypt(nonce, ciphertext, _bound_to(sealed.subject, sealed.key_id))
    except InvalidTag:
        return None
    return msgspec.json.decode(plain, type=dict[str, str])


def _bound_to(subject: str, key_id: str) -> bytes:
    """Additional authenticated data: a ciphertext cannot be moved to another subject."""
    return f"{subject}\n{key_id}".encode()
