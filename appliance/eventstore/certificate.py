"""The store's own certificate: made at its first start, kept for ten years, told apart by its fingerprint.

A till on the network pins it: there is no authority in a back room. What is wrong with a certificate never keeps the
store from starting: selling on this machine goes on without one.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID = timedelta(days=3_650)
BACKDATED = timedelta(days=1)  # a till whose clock is a little slow takes it nevertheless


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key, as files."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Described:
    """What people compare and watch of a certificate."""

    fingerprint: str  # SHA-256, as AB:CD:...
    not_after: datetime

    def expired(self, now: datetime) -> bool:
        """Whether tills that look refuse it."""
        return now > self.not_after


def ensure(pair: Pair, name: str, now: datetime) -> None:
    """Make the pair where it is not there; the key first, so that no certificate stands without one."""
    if pair.certificate.exists() and pair.key.exists():
        return
    key = ec.generate_private_key(ec.SECP256R1())
    _write(
        pair.key,
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
    _write(pair.certificate, _certificate(key, name, now).public_bytes(serialization.Encoding.PEM))


def describe(certificate: Path) -> Described:
    """Read a certificate. Raises OSError, ValueError for a file that holds none."""
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    digits = found.fingerprint(hashes.SHA256()).hex().upper()
    return Described(":".join(digits[at : at + 2] for at in range(0, len(digits), 2)), found.not_valid_after_utc)


def context(pair: Pair) -> ssl.SSLContext:
    """A server's side of TLS 1.3, and of nothing older. Raises OSError, ssl.SSLError."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.load_cert_chain(pair.certificate, pair.key)
    return made


def _certificate(key: ec.EllipticCurvePrivateKey, name: str, now: datetime) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Backroom {name}"[:64])])
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName(_names(name)), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=False)
        .sign(key, hashes.SHA256())
    )


def _names(name: str) -> Sequence[x509.GeneralName]:
    host = socket.gethostname()
    named = dict.fromkeys(each for each in ("localhost", host, f"{host}.local", f"{name}.local") if each.isascii())
    addresses = (ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1"))
    return [*map(x509.DNSName, named), *map(x509.IPAddress, addresses)]


def _write(path: Path, text: bytes) -> None:
    draft = path.with_name(f"{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)
