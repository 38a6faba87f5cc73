"""The database's history, oldest first: numbered, append-only, never edited once released.

Each migration is SQL text. It runs in one transaction with its own record and a checksum of its text, so an edited
or missing migration is noticed at the next start.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from importlib import resources

NAMES = (
    "0001_log",
    "0002_sagas",
    "0004_operators",
)
"""Every migration in order; the text of each stands in `<name>.sql` beside this file. Numbers may be left out."""


def sql(name: str) -> str:
    """The text of a migration."""
    return resources.files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")


def checksum(text: str) -> str:
    """What is recorded of a migration's text."""
    return sha256(text.encode()).hexdigest()


def texts() -> Mapping[str, str]:
    """Name -> SQL of all migrations of this program."""
    return {name: sql(name) for name in NAMES}
