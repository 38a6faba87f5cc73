"""Proving a backup whole: its files' checksums, SQLite's own structures, and the chain up to what is promised."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator

from appliance.backups import archive
from appliance.backups.archive import DATABASE, KEYS, Backup
from appliance.eventstore import log
from appliance.eventstore.connection import open_reader
from appliance.projections.chain_walk import ChainWalk

SLICE_SECONDS = 0.5
STRUCTURES_NAMED = 5
CHECKSUMS_DONE, STRUCTURES_DONE = 0.1, 0.3  # of the bar

Progress = Callable[[float], None]


def problems(backup: Backup, progress: Progress = lambda _: None) -> list[str]:
    """What is wrong with a backup, in sentences; none where a store can be restored from it."""
    found = list(_files(backup))
    progress(CHECKSUMS_DONE)
    if found or backup.is_sealed:  # of a sealed one no more can be seen before it is opened
        return found  # what is not the file that was made need not be read as one
    try:
        with contextlib.closing(open_reader(backup.folder / DATABASE)) as db:
            found += _structures(db)
            progress(STRUCTURES_DONE)
            found += _chain(db, backup, progress)
    except sqlite3.DatabaseError as error:
        found.append(f"The database cannot be read: {error}.")
    progress(1.0)
    return found


def _files(backup: Backup) -> Iterator[str]:
    for name, made in backup.manifest.files.items():
        path = backup.folder / name
        if not path.exists():
            if not name.startswith(KEYS):  # keys expire before the rest does
                yield f"{name} is missing."
        elif archive.fingerprint(path) != made:
            yield f"{name} is not the file that was made: its size or checksum differs."
    if DATABASE not in (backup.manifest.plain or backup.manifest.files):
        yield f"The manifest names no {DATABASE}."


def _structures(db: sqlite3.Connection) -> Iterator[str]:
    answers = [str(text) for (text,) in db.execute(f"PRAGMA integrity_check({STRUCTURES_NAMED})")]
    if answers != ["ok"]:
        yield f"SQLite finds its file damaged: {'; '.join(answers)}."


def _chain(db: sqlite3.Connection, backup: Backup, progress: Progress) -> Iterator[str]:
    walk = ChainWalk()
    while not walk.slice(db, SLICE_SECONDS):
        progress(STRUCTURES_DONE + (1 - STRUCTURES_DONE) * walk.position / max(walk.head, 1))
    if walk.bad is not None:
        yield f"The log does not hold at position {walk.bad.position}: {walk.bad.reason}."
    end, promised = log.last(db), backup.manifest
    if (end.position, end.hash.hex()) != (promised.position, promised.hash):
        yield f"The log ends at {end.position}, not as the manifest says at {promised.position}."
