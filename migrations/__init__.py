"""The database's history, oldest first: numbered, append-only, never edited once released.

Each migration is SQL text. It runs in one transaction with its own record and a checksum of its text, so an edited
or missing migration is noticed at the next start.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from importlib import resources

from sqlite_utils import Database, Migrations

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


def migration_set(migrations: Mapping[str, str]) -> Migrations:
    """A sqlite-utils migration set that records a checksum in the migration's own transaction."""
    found = Migrations("backroom")
    for name, text in migrations.items():
        found(name=name)(_Step(name, text))
    return found


class _Step:
    """One migration as sqlite-utils calls it."""

    def __init__(self, name: str, text: str) -> None:
        self.__name__ = name
        self._text = text

    def __call__(self, db: Database) -> None:
        db.execute("CREATE TABLE IF NOT EXISTS migration_checksums(name TEXT PRIMARY KEY, sha256 TEXT NOT NULL) STRICT")
        db.executescript(self._text)
        db.execute("INSERT INTO migration_checksums VALUES (?, ?)", (self.__name__, checksum(self._text)))
