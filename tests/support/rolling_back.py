"""A machine put back to a snapshot: the same file at the same place, with what was in it; nothing on it can tell."""

import shutil
from pathlib import Path


def snapshot_of(data: Path) -> Path:
    """Taken while the store is closed; beside it, one for a store."""
    return Path(shutil.copytree(data, _place(data)))


def rolled_back(data: Path) -> None:
    """As it was, inode, mark and head file included."""
    snapshot = _place(data)
    with (data / "store.db").open("r+b") as out:
        out.truncate(0)
        out.write((snapshot / "store.db").read_bytes())
    for name in ("store.db-wal", "store.db-shm"):
        (data / name).unlink(missing_ok=True)
    (data / "head").write_bytes((snapshot / "head").read_bytes())


def _place(data: Path) -> Path:
    return data.with_name(f"{data.name}-snapshot")
