"""DBOS Transact on SQLite, in a process of its own: workflows of five empty steps, so many at once.

Usage: python -m bench.peer_dbos DATABASE AT_ONCE SECONDS; prints one line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import time
from pathlib import Path

from dbos import DBOS, DBOSConfig

STEPS = 5


@DBOS.step()
async def step(number: int) -> int:
    return number + 1


@DBOS.workflow()
async def workflow(number: int) -> int:
    for _ in range(STEPS):
        number = await step(number)
    return number


async def measure(at_once: int, seconds: float) -> float:
    """Steps a second."""
    done, until = 0, time.perf_counter() + seconds

    async def client() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await workflow(0)
            done += STEPS

    started = time.perf_counter()
    await asyncio.gather(*[client() for _ in range(at_once)])
    return done / (time.perf_counter() - started)


def main(database: str, at_once: int, seconds: float) -> None:
    """The journal mode is set in the file before DBOS opens it; FULL is SQLite's own default, and is asked for."""
    Path(database).unlink(missing_ok=True)
    before = sqlite3.connect(database)
    mode = before.execute("PRAGMA journal_mode=wal").fetchone()[0]
    synchronous = before.execute("PRAGMA synchronous").fetchone()[0]
    before.close()
    config: DBOSConfig = {
        "name": "bench",
        "system_database_url": f"sqlite:///{database}",
        "log_level": "ERROR",
    }
    DBOS(config=config)
    DBOS.launch()

    async def run() -> float:
        await measure(1, 0.5)
        return await measure(at_once, seconds)

    steps_s = asyncio.run(run())
    DBOS.destroy()
    print(json.dumps({"steps_s": steps_s, "journal": mode, "synchronous": synchronous}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
