"""Putting a backup back: into a directory that holds no store, proven first, as a life of the log that is not its own.

What comes out knows that it was restored. Its next start asks head office for what was sold since, where that is in
reach, and else begins a new incarnation: no receipt number is issued twice, whatever happened to the old box.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from appliance.backups import archive, checking
from appliance.backups.archive import DATABASE, KEYS, Backup
from appliance.backups.checking import Progress
from appliance.errors import BackupUnusable, RestoreRefused
from appliance.eventstore import identity
from appliance.eventstore.head import Head, HeadFile
from appliance.eventstore.lock import DataDirectoryLock
from appliance.eventstore.store import Paths

PROVEN = 0.6  # of the bar


def restore(backup: Backup, data: Path, progress: Progress = lambda _: None) -> None:
    """Make `data` a store as of the backup. Raises BackupUnusable, RestoreRefused, DataDirectoryInUse, OSError.

    Until the last step no `store.db` stands in `data`: a restore that broke off is no store, and may be repeated.
    """
    paths = Paths(data)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = DataDirectoryLock(data)
    try:
        _check_empty(paths)
        found = checking.problems(backup, lambda fraction: progress(fraction * PROVEN))
        if found:
            raise BackupUnusable(f"{backup.name} cannot be restored: {' '.join(found)}")
        _put(backup, paths)
        progress(1.0)
    finally:
        lock.release()


def _check_empty(paths: Paths) -> None:
    if paths.database.exists():
        raise RestoreRefused(f"{paths.data} holds a store already; a restore never writes over one.")


def _put(backup: Backup, paths: Paths) -> None:
    for name in (paths.head, paths.wal, paths.keys, paths.identity):
        name.unlink(missing_ok=True)
    if backup.has_keys:
        _copy(backup.folder / KEYS, paths.keys)
    draft = paths.database.with_suffix(archive.DRAFT)
    _copy(backup.folder / DATABASE, draft)
    manifest = backup.manifest
    with contextlib.closing(HeadFile(paths.head)) as head:
        head.write(Head(manifest.incarnation, manifest.position, bytes.fromhex(manifest.hash)))
    identity.write_restored(paths.identity, backup.name)
    draft.rename(paths.database)
    archive.sync(paths.data)


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    target.chmod(0o600)
    archive.sync(target)
