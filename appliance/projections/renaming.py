"""Giving tables other names, all at once and in a few milliseconds.

ALTER TABLE reads the whole schema several times for every table, and twelve times as often for a full-text table: tens
of milliseconds in which nobody sells. So the names are changed in SQLite's own schema table, by the procedure that its
manual describes for changes that touch no row (writable_schema, then a new schema_version). Every table is looked into
before this returns: what went wrong raises here, inside the caller's transaction, and is rolled back with it.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping

from appliance.projections.base import Projection
from appliance.projections.fts import is_fts

FTS_PARTS = ("data", "idx", "content", "docsize", "config")  # the tables that a full-text table keeps itself in


def physical_names(projection: type[Projection], suffix: str) -> dict[str, str]:
    """Logical name -> name under the suffix, of all tables and of those that full-text tables consist of."""
    names = {table: table + suffix for table in projection.tables}
    for table, statement in projection.tables.items():
        if is_fts(statement):
            names |= {f"{table}_{part}": f"{table}{suffix}_{part}" for part in FTS_PARTS}
    return names


def rename_tables(db: sqlite3.Connection, names: Mapping[str, str]) -> None:
    """Rename tables (old name -> new name) in the open transaction; chains and swaps are fine.

    A full-text table must not have been written in this transaction: it still holds what it is to write at COMMIT,
    under its old name.
    """
    marks = ", ".join("?" * len(names))
    found = db.execute(
        f"SELECT rowid, type, name, tbl_name, sql FROM sqlite_schema WHERE tbl_name IN ({marks})", [*names]
    ).fetchall()
    changed = [(*_renamed(kind, name, table, names[table], sql), rowid) for rowid, kind, name, table, sql in found]
    (version,) = db.execute("PRAGMA schema_version").fetchone()
    db.execute("PRAGMA writable_schema=ON")
    try:
        db.executemany("UPDATE sqlite_schema SET name = ?, tbl_name = ?, sql = ? WHERE rowid = ?", changed)
        db.execute(f"PRAGMA schema_version={version + 1}")
    finally:
        db.execute("PRAGMA writable_schema=OFF")
    for name, table, _, _ in changed:
        if name == table:
            db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchall()


def _renamed(kind: str, name: str, old: str, new: str, sql: str | None) -> tuple[str, str, str | None]:
    """A schema row's new name, table and statement."""
    if kind == "table":
        return new, new, _retold(r"^CREATE (?:VIRTUAL )?TABLE ", old, new, sql or "")
    if sql is None:  # the index that a key made by itself; its name must say its table
        return name.replace(f"sqlite_autoindex_{old}_", f"sqlite_autoindex_{new}_"), new, None
    return name, new, _retold(r"^CREATE INDEX \w+ ON ", old, new, sql)


def _retold(before: str, old: str, new: str, sql: str) -> str:
    """The statement that made a table or index, with the table's new name in it."""
    retold, count = re.subn(rf"({before})([\"'`]?){old}\2(?=\W)", rf'\g<1>"{new}"', sql, count=1)
    if count != 1:
        raise sqlite3.DatabaseError(f"the table {old} cannot be renamed: {sql[:80]!r} does not say its name")
    return retold
