"""Applying migrations with sqlite-utils; loaded only where there are any to apply, which is hardly ever."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping

from sqlite_utils import Database, Migrations

from migrations import checksum


def apply(db: sqlite3.Connection, texts: Mapping[str, str]) -> None:
    """Run those of the migrations (name -> SQL) that the file has not been through, one transaction each."""
    migration_set(texts).apply(Database(db, recursive_triggers=False))


def migration_set(migrations: Mapping[str, str]) -> Migrations:
    """A sqlite-utils migration set that records a checksum in the migration's own transaction."""
    found = Migrations("backroom")
    for name, text in migrations.items():
        found(name=name)(_Step(name, text))
    return found


def statements(text: str) -> Iterator[str]:
    """The statements of a migration.

    sqlite-utils would ask after every character whether a statement ends there: a tenth of a store's first start.
    """
    part = ""
    for piece in re.split("(?<=;)", text):
        part += piece
        if sqlite3.complete_statement(part):
            yield part
            part = ""
    if part.strip():
        yield part


class _Step:
    """One migration as sqlite-utils calls it."""

    def __init__(self, name: str, text: str) -> None:
        self.__name__ = name
        self._text = text

    def __call__(self, db: Database) -> None:
        db.execute("CREATE TABLE IF NOT EXISTS migration_checksums(name TEXT PRIMARY KEY, sha256 TEXT NOT NULL) STRICT")
        for statement in statements(self._text):
            db.execute(statement)
        db.execute("INSERT INTO migration_checksums VALUES (?, ?)", (self.__name__, checksum(self._text)))
