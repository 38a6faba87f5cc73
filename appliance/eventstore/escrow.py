"""Keys of sealed personal data, wrapped so that only head office can open them: X25519, HKDF-SHA256, AES-256-GCM.

Each wrapping has a fresh key pair of its own; store, subject and key id are bound to it, so a wrapped key cannot be
passed off as another's. Head office's private key never comes to a store.
"""

from __future__ import annotations

import base64
import os
from hashlib import sha256
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from appliance.errors import StoreError
from appliance.eventstore.vault import KEY_BYTES, NONCE_BYTES

_LABEL = b"backroom subject key 1"
PRIVATE_FILE = 0o600


class EscrowUnusable(StoreError):
    """A key file that is none, or a wrapped key that this private key does not open."""

    code = "escrow-unusable"
    title = "The key for copies of keys cannot be used"
    hint = (
        "Name the file that `backroom hq keys make` wrote: the public one at a store, the private one at head office."
    )
    status = 500


class Wrapped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A wrapped key as it lies at head office; all but `v`, `key_id` and `recipient` is base64."""

    v: int
    key_id: str
    recipient: str
    ephemeral: str
    nonce: str
    wrapped: str


class Recipient:
    """Head office's public key: whom keys are wrapped for."""

    def __init__(self, public: X25519PublicKey) -> None:
        self._public = public
        self.fingerprint = sha256(public.public_bytes_raw()).hexdigest()[:32]

    def wrap(self, store: str, subject: str, key_id: str, key: bytes) -> bytes:
        """A subject's key, for the owner of the private key only."""
        own = X25519PrivateKey.generate()
        ephemeral, nonce = own.public_key().public_bytes_raw(), os.urandom(NONCE_BYTES)
        shared = _derived(own.exchange(self._public), ephemeral, self._public.public_bytes_raw())
        sealed = AESGCM(shared).encrypt(nonce, key, _bound_to(store, subject, key_id))
        texts = (base64.b64encode(each).decode() for each in (ephemeral, nonce, sealed))
        return msgspec.json.encode(Wrapped(1, key_id, self.fingerprint, *texts))


class Owner:
    """A private key, head office's or a box's own: who opens what was wrapped."""

    def __init__(self, private: X25519PrivateKey) -> None:
        self._private = private

    @property
    def public(self) -> str:
        """Its public half, in base64."""
        return base64.b64encode(self._private.public_key().public_bytes_raw()).decode()

    @property
    def fingerprint(self) -> str:
        """What people compare it by."""
        return Recipient(self._private.public_key()).fingerprint

    def unwrap(self, store: str, subject: str, body: bytes) -> tuple[str, bytes]:
        """The key id and key that were wrapped. Raises EscrowUnusable."""
        try:
            found = msgspec.json.decode(body, type=Wrapped)
            ephemeral, nonce, sealed = (
                base64.b64decode(each, validate=True) for each in (found.ephemeral, found.nonce, found.wrapped)
            )
            shared = self._private.exchange(X25519PublicKey.from_public_bytes(ephemeral))
            derived = _derived(shared, ephemeral, self._private.public_key().public_bytes_raw())
            key = AESGCM(derived).decrypt(nonce, sealed, _bound_to(store, subject, found.key_id))
        except (msgspec.DecodeError, ValueError, InvalidTag) as error:
            detail = f"The key of {subject} of {store} cannot be opened."
            raise EscrowUnusable(detail) from error
        return found.key_id, key


def make_pair(private: Path, public: Path) -> None:
    """Write a new pair: the private key readable by its owner only. Raises FileExistsError rather than replace one."""
    pair = X25519PrivateKey.generate()
    pem = pair.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE), "wb") as out:
        out.write(pem)
    public.write_bytes(
        pair.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def read_public(path: Path) -> Recipient:
    """Head office's public key. Raises EscrowUnusable."""
    try:
        found = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        detail = f"{path} is no public key: {error}."
        raise EscrowUnusable(detail) from error
    if not isinstance(found, X25519PublicKey):
        detail = f"{path} holds a key of another kind; X25519 is needed."
        raise EscrowUnusable(detail)
    return Recipient(found)


def read_private(path: Path) -> Owner:
    """Head office's private key. Raises EscrowUnusable."""
    try:
        found = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        detail = f"{path} is no private key: {error}."
        raise EscrowUnusable(detail) from error
    if not isinstance(found, X25519PrivateKey):
        detail = f"{path} holds a key of another kind; X25519 is needed."
        raise EscrowUnusable(detail)
    return Owner(found)


def owner_of(secret: bytes) -> Owner:
    """Whom 32 random bytes make: a box's own key is kept as they are."""
    return Owner(X25519PrivateKey.from_private_bytes(secret))


def recipient_of(public: str) -> Recipient:
    """Whom a public key in base64 is of. Raises EscrowUnusable."""
    try:
        return Recipient(X25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True)))
    except ValueError as error:
        raise EscrowUnusable(f"{public[:64]!r} is no public key.") from error


def _derived(shared: bytes, ephemeral: bytes, recipient: bytes) -> bytes:
    return HKDF(hashes.SHA256(), KEY_BYTES, ephemeral + recipient, _LABEL).derive(shared)


def _bound_to(store: str, subject: str, key_id: str) -> bytes:
    return f"{store}\n{subject}\n{key_id}".encode()
