"""Who a connection is, read from a file: no secret ever stands in an argument or in the environment.

A credentials file is one of three, told apart by what stands in it: an nkey seed (a line that begins with `SU`), a
`.creds` file as `nsc` writes it, or TOML with `user` and `password`, or with `token`.
"""

from __future__ import annotations

import ssl
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from appliance.errors import StoreError

_JWT_MARK = "BEGIN NATS USER JWT"
_SEED_MARK = "SU"
_NAMED = ({"user", "password"}, {"token"})


class CredentialsUnusable(StoreError):
    """A credentials or certificate file that is not there, or is not one."""

    code = "credentials-unusable"
    title = "The credentials cannot be used"
    hint = "Name the file that `backroom hq provision` wrote for this store, readable by this user."
    status = 500


def read_credentials(path: Path) -> Mapping[str, Any]:
    """The arguments of `nats.connect` that say who we are. Raises CredentialsUnusable."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        detail = f"{path} cannot be read: {error}."
        raise CredentialsUnusable(detail) from error
    if _JWT_MARK in text:
        return {"user_credentials": str(path)}
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) == 1 and lines[0].startswith(_SEED_MARK):
        return {"nkeys_seed_str": lines[0]}
    return _named(path, text)


def _named(path: Path, text: str) -> Mapping[str, Any]:
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        found = {}
    if set(found) not in _NAMED or not all(isinstance(value, str) for value in found.values()):
        detail = f"{path} holds no nkey seed, no .creds file, and no user and password or token as TOML."
        raise CredentialsUnusable(detail)
    return found


def tls_context(ca: Path | None = None, certificate: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
    """TLS that verifies the server, by `ca` or the system's authorities, and shows a certificate where one is given.

    Raises CredentialsUnusable.
    """
    try:
        context = ssl.create_default_context(cafile=ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if certificate is not None:
            context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        detail = f"The certificate files ({', '.join(str(each) for each in (ca, certificate, key) if each)}): {error}."
        raise CredentialsUnusable(detail) from error
    return context
