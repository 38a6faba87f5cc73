"""One process a data directory: an advisory lock that the kernel drops when the process ends, however it ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from appliance.errors import DataDirectoryInUse


class DataDirectoryLock:
    """Holds the lock from construction to `release`; raises DataDirectoryInUse where another process has it."""

    def __init__(self, data: Path) -> None:
        path = data / "lock"
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._fd, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(self._fd)
            detail = f"{data} is in use by process {holder}."
            raise DataDirectoryInUse(detail, process=holder) from None
        with contextlib.suppress(OSError):  # on a full disk it is held all the same, only not by name
            os.pwrite(self._fd, f"{os.getpid():<15}\n".encode(), 0)  # always as long: nothing of an older name stays

    def release(self) -> None:
        """Give the directory back."""
        os.close(self._fd)
