"""Bringing the database to this program's schema: under the directory's lock, with a backup, or not at all."""

from __future__ import annotations

import importlib
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

import migrations
from appliance.errors import MigrationRefused

Talk = Callable[[str], None]

APPLYING = "migrations.applying"  # loaded where there is something to apply


def applied(db: sqlite3.Connection) -> dict[str, str]:
    """Name -> checksum of the migrations a file has been through, oldest first."""
    found = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'migration_checksums'").fetchone()
    return dict(db.execute("SELECT name, sha256 FROM migration_checksums ORDER BY rowid")) if found else {}


def check(done: Mapping[str, str], known: Mapping[str, str]) -> list[str]:
    """The names still to be applied. Raises MigrationRefused for a file of a newer program or an edited history."""
    newer = [name for name in done if name not in known]
    if newer:
        detail = f"The file has been through {', '.join(newer)}, which this program does not know: it is newer."
        raise MigrationRefused(detail, newer=newer)
    edited = [name for name, digest in done.items() if migrations.checksum(known[name]) != digest]
    if edited:
        detail = f"The text of {', '.join(edited)} is not what was applied to this file."
        raise MigrationRefused(detail, edited=edited)
    return [name for name in known if name not in done]


def migrate(
    db: sqlite3.Connection,
    backups: Path,
    *,
    known: Mapping[str, str] | None = None,
    say: Talk = lambda _: None,
) -> list[str]:
    """Apply what is pending, each migration in one transaction with its record; returns the names applied.

    The caller holds the data directory's lock and nothing else writes. A file that already has data is first copied
    whole into `backups`.
    """
    texts = migrations.texts() if known is None else known
    done = applied(db)
    pending = check(done, texts)
    if pending and done:
        say(f"backing up before {pending[0]}")
        backup(db, backups / f"before-{pending[0]}.db")
    if pending:
        importlib.import_module(APPLYING).apply(db, texts)
    return pending


def backup(db: sqlite3.Connection, target: Path) -> None:
    """A whole, compact copy of the database; an older one of the same name is replaced only when this one is done."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_suffix(".part")
    draft.unlink(missing_ok=True)
    db.execute("VACUUM INTO ?", (str(draft),))
    draft.replace(target)
