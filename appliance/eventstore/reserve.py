"""A little room set aside, so that a store can be started, read and mended on a disk that is full to the last byte.

SQLite cannot even read a WAL database without some new blocks (its shared memory), and a start may have to write a
new incarnation down. The room is given back to the disk for the start and taken again afterwards, as far as it goes.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

RESERVE_BYTES = 1024 * 1024
LEAST_BYTES = 64 * 1024  # SQLite's shared memory and a page of each small file


class Reserve:
    """The file that holds the room."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def give(self) -> None:
        """Let the disk have it."""
        self._path.unlink(missing_ok=True)

    def take(self) -> int:
        """Set aside what there is, at most `RESERVE_BYTES`; returns how much that is."""
        size = RESERVE_BYTES
        fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            while size >= LEAST_BYTES:
                with contextlib.suppress(OSError):  # no room for so much, or a file system that cannot say
                    os.posix_fallocate(fd, 0, size)
                    return size
                os.ftruncate(fd, 0)
                size //= 2
        finally:
            os.close(fd)
        return 0
