"""What a backup is on the disk: a folder with the database, the keys, and a manifest that vouches for both.

A folder appears under its name only when it is whole: it is written under a draft's name, synced, and renamed. The
keys of personal data stand in a file of their own, so that they can expire before the rest does: a customer who was
erased after the backup is then forgotten by it, too.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from appliance.errors import BackupUnusable

FORMAT, SEALED_FORMAT = 1, 2
DATABASE, KEYS, MANIFEST = "store.db", "keys.db", "manifest.json"
DRAFT = ".part"
SEALED = ".sealed"  # what the name of a file that was sealed ends in
CHUNK_BYTES = 1 << 20


class FileMade(msgspec.Struct, frozen=True):
    """One file of a backup, and what it must come to when it is read again."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds: the log of one incarnation up to `position`, with the chain's hash there."""

    format: int
    store_id: str
    incarnation: int
    position: int
    hash: str  # hex
    created_at: str  # RFC 3339, UTC
    program: str  # the version of Backroom that made it
    files: Mapping[str, FileMade]
    plain: Mapping[str, FileMade] = {}  # of a sealed backup: what its files come to when they are opened
    keys: Mapping[str, str] = {}  # and each one's key, wrapped for whom it was sealed for


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that is there: its folder and what it says of itself."""

    folder: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """What people call it by."""
        return self.folder.name

    @property
    def bytes(self) -> int:
        """What it takes on the disk now: the keys may have expired, or all of it may be being rotated away."""
        try:
            with os.scandir(self.folder) as found:
                return sum(_size(each) for each in found)
        except FileNotFoundError:
            return 0

    @property
    def has_keys(self) -> bool:
        """Whether personal data in it can still be read."""
        return (self.folder / KEYS).exists() or (self.folder / f"{KEYS}{SEALED}").exists()

    @property
    def is_sealed(self) -> bool:
        """Whether only the owner of a private key can read it."""
        return self.manifest.format == SEALED_FORMAT


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_size if entry.is_file() else 0
    except FileNotFoundError:
        return 0


def folder_name(created_at: str, position: int) -> str:
    """The name of a backup: its time, so that names sort by age, and how far it reaches."""
    digits = "".join(letter for letter in created_at[:19] if letter.isdigit())
    return f"{digits[:8]}T{digits[8:]}Z-{position}"


def read(folder: Path) -> Backup:
    """The backup in a folder. Raises BackupUnusable where there is none that this program can read."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError as error:
        raise BackupUnusable(f"{folder} holds no backup: it has no {MANIFEST}.") from error
    except (OSError, msgspec.MsgspecError) as error:
        raise BackupUnusable(f"The manifest of {folder.name} cannot be read: {error}.") from error
    if manifest.format not in (FORMAT, SEALED_FORMAT):
        raise BackupUnusable(f"{folder.name} has format {manifest.format}; this program reads up to {SEALED_FORMAT}.")
    return Backup(folder, manifest)


def found_in(backups: Path) -> list[Backup]:
    """Every whole backup of a folder, newest first; drafts and strangers are passed over."""
    return sorted(_readable(backups), key=lambda each: (each.manifest.created_at, each.name), reverse=True)


def _readable(backups: Path) -> Iterator[Backup]:
    for manifest in backups.glob(f"*/{MANIFEST}"):
        if not manifest.parent.name.endswith(DRAFT):
            try:
                yield read(manifest.parent)
            except BackupUnusable:
                continue


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put the manifest beside its files, durably."""
    with os.fdopen(
        os.open(folder / MANIFEST, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb"
    ) as out:
        out.write(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
        out.flush()
        os.fsync(out.fileno())


def fingerprint(path: Path) -> FileMade:
    """Size and SHA-256 of a file, a chunk at a time."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source:
        while chunk := source.read(CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return FileMade(size, digest.hexdigest())


def sync(path: Path) -> None:
    """Bring a file's bytes, or a folder's names, to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
