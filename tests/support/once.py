"""What takes long to make is made once a run, by whichever process comes first; the others wait and copy it."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def shared(made: pytest.TempPathFactory) -> Path:
    """The folder of this run that all its processes have."""
    base = made.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def once(folder: Path, name: str, build: Callable[[Path], None]) -> Path:
    """What `build` puts into an empty folder; whoever comes meanwhile waits, and finds it done."""
    done = folder / name
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            part = folder / f"{name}.part"
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            build(part)
            part.rename(done)
    return done
