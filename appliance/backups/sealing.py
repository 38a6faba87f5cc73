"""Backups that only the owner of a private key can read: sealed when they are made, opened to be proven or restored.

A backup is copied and proven in the data directory, where the same stands in the clear anyhow; what is put into the
backups' folder is sealed. Each file has a key of its own, wrapped for the recipient, in the manifest.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from appliance.backups import archive
from appliance.backups.archive import DRAFT, SEALED, Backup
from appliance.errors import BackupUnusable
from appliance.eventstore.escrow import Owner, Recipient
from appliance.eventstore.sealed_files import new_key, seal, unseal

OPENED = f"opened{DRAFT}"


def sealed(plain: Backup, into: Path, recipient: Recipient) -> Backup:
    """The same backup in `into`, readable for the recipient only; the plain one is gone when this returns."""
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft, manifest = into / f"{plain.name}{DRAFT}", plain.manifest
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    try:
        keys: dict[str, str] = {}
        files = {}
        for name in manifest.files:
            key, target = new_key(), draft / f"{name}{SEALED}"
            seal(plain.folder / name, target, key)
            archive.sync(target)
            keys[name] = recipient.wrap(manifest.store_id, name, manifest.created_at, key).decode()
            files[target.name] = archive.fingerprint(target)
        whole = msgspec.structs.replace(
            manifest, format=archive.SEALED_FORMAT, files=files, plain=manifest.files, keys=keys
        )
        archive.write_manifest(draft, whole)
        archive.sync(draft)
        draft.rename(into / plain.name)
        archive.sync(into)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(plain.folder, ignore_errors=True)
    return Backup(into / plain.name, whole)


@contextmanager
def opened(backup: Backup, owner: Owner | None, beside: Path) -> Iterator[Backup]:
    """The backup in the clear, for as long as this lasts, in a folder beside. Raises BackupUnusable, EscrowUnusable."""
    if not backup.is_sealed:
        yield backup
        return
    if owner is None:
        raise BackupUnusable(f"{backup.name} is sealed: name the private key that opens it with --identity.")
    beside.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = beside / OPENED
    shutil.rmtree(place, ignore_errors=True)
    folder = place / backup.name
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield _open(backup, owner, folder)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _open(backup: Backup, owner: Owner, folder: Path) -> Backup:
    manifest = backup.manifest
    for name, wrapped in manifest.keys.items():
        source = backup.folder / f"{name}{SEALED}"
        if source.exists():  # keys of personal data expire before the rest does
            _, key = owner.unwrap(manifest.store_id, name, wrapped.encode())
            unseal(source, folder / name, key)
    plain = msgspec.structs.replace(manifest, format=archive.FORMAT, files=manifest.plain, plain={}, keys={})
    archive.write_manifest(folder, plain)
    return Backup(folder, plain)
