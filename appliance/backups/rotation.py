"""How many backups are kept, how much room they may take, and when their keys expire; the newest is never given up."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from appliance.backups import archive
from appliance.backups.archive import DRAFT, KEYS, Backup
from appliance.eventstore.clock import parsed


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is kept."""

    newest: int = 7
    quota_bytes: int | None = None  # of all backups together; None: what the number comes to
    keys_for: timedelta = timedelta(days=30)  # then erased customers are forgotten by backups, too


def keeping(newest: int, quota_mb: int | None, keys_days: float) -> Keeping:
    """What the settings say is kept."""
    quota_bytes = None if quota_mb is None else quota_mb << 20
    return Keeping(newest=newest, quota_bytes=quota_bytes, keys_for=timedelta(days=keys_days))


def rotate(backups: Path, keeping: Keeping, now: datetime) -> list[str]:
    """Delete what is not kept any more; answers the names of what went."""
    _clear_drafts(backups)
    found = archive.found_in(backups)
    going = surplus(found, keeping)
    for each in going:
        shutil.rmtree(each.folder)
    expire_keys([each for each in found if each not in going], keeping, now)
    return [each.name for each in going]


def surplus(found: Sequence[Backup], keeping: Keeping) -> list[Backup]:
    """Of backups newest first, those beyond the number or the room; never the newest."""
    going, room = list(found[keeping.newest :]), keeping.quota_bytes
    for each in found[: keeping.newest]:
        if room is not None:
            room -= each.bytes
            if room < 0 and each is not found[0]:
                going.append(each)
    return going


def expire_keys(found: Sequence[Backup], keeping: Keeping, now: datetime) -> None:
    """Delete the keys of backups that are old enough: what was erased since cannot be read from them any more."""
    for each in found:
        if now - parsed(each.manifest.created_at) > keeping.keys_for:
            for name in (KEYS, f"{KEYS}{archive.SEALED}"):
                (each.folder / name).unlink(missing_ok=True)


def _clear_drafts(backups: Path) -> None:
    """What a power cut left half-written."""
    with contextlib.suppress(FileNotFoundError):
        for each in backups.iterdir():
            if each.name.endswith(DRAFT) and each.is_dir():
                shutil.rmtree(each, ignore_errors=True)
