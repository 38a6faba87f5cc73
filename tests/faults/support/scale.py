"""How much is done: enough for every check-in by default, more by BACKROOM_FAULT_SCALE (10 does ten times as much)."""

import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCALE = float(os.environ.get("BACKROOM_FAULT_SCALE", "1"))
SEED = int(os.environ.get("BACKROOM_FAULT_SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
"""Printed by every test that draws from it; give it back to repeat a run."""


def scaled(number: int) -> int:
    """So many at the scale asked for, at least one."""
    return max(1, round(number * SCALE))


def allowed(seconds: float) -> float:
    """How long a test may take at the scale asked for."""
    return seconds * max(1.0, SCALE)


def dice(salt: str) -> random.Random:
    """A generator of a test's own, so that one test's draws do not move another's."""
    return random.Random(f"{SEED}:{salt}")


def spread(count: int, most: int, salt: str) -> list[int]:
    """Of the numbers 1 to `count` as many as the scale allows, evenly, beginning at another one each time."""
    draws = dice(salt)
    wanted = min(scaled(most), count)
    step = count / wanted
    return sorted({min(count, 1 + int(draws.uniform(0, step) + step * index)) for index in range(wanted)})


@contextmanager
def in_memory() -> Iterator[Path]:
    """A folder for thousands of short-lived states, in memory where there is such a place."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None, prefix="backroom-faults-") as folder:
        yield Path(folder)
