"""Which machine and which file this log lives in: how a copied or restored data directory is told from the original.

Beside the database stands a file with the machine's id and the database's inode; a mark on the database file itself
(an extended attribute, which most ways of copying leave behind) tells a file that was put back into the old inode.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

RESTORED = "restored:"
"""How a machine's name begins that is none: the log comes from a backup and is at home nowhere yet."""

_MARK = "user.backroom.life"
_MACHINE_ID = Path("/etc/machine-id")


@dataclass(frozen=True, slots=True)
class Identity:
    """Where a life of the log is at home."""

    machine: str
    inode: int
    mark: str  # empty where the file system keeps no extended attributes


def machine_id(configured: str | None) -> str:
    """The configured machine id, else the system's, else "unknown"."""
    if configured:
        return configured
    with contextlib.suppress(OSError):
        return _MACHINE_ID.read_text(encoding="ascii").strip() or "unknown"
    return "unknown"


def observe(database: Path, machine: str) -> Identity:
    """What the machine and the file say now."""
    return Identity(machine, database.stat().st_ino, _read_mark(database))


def recorded(path: Path) -> Identity | None:
    """What was written down when this life began; None where nothing readable stands there."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Identity)
    except (OSError, msgspec.DecodeError):
        return None


def write_down(path: Path, database: Path, machine: str) -> None:
    """Bind the log to this machine and file; replaces what stood there, durably and at once."""
    with contextlib.suppress(OSError):
        os.setxattr(database, _MARK, secrets.token_hex(8).encode())
    _write(path, observe(database, machine))


def write_restored(path: Path, backup: str) -> None:
    """Say that what stands here was restored from a backup: its next start begins from that."""
    _write(path, Identity(RESTORED + backup, 0, ""))


def _write(path: Path, found: Identity) -> None:
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as out:
        out.write(msgspec.json.encode(asdict(found)))
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _read_mark(database: Path) -> str:
    try:
        return os.getxattr(database, _MARK).decode()
    except (OSError, UnicodeDecodeError):
        return ""
