"""A store killed between the commit and the acknowledgement of a command, again and again: each happens once."""

import asyncio
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commanding import consumed, headquarters, received, said, stocked
from tests.support.head_office import HeadOffice, head_office
from tests.support.syncing import STORE, at

COMMANDS = 60
KILLED = -signal.SIGKILL
DEATH_SECONDS = 30


async def ordered(office: HeadOffice, data: Path, draw: random.Random) -> int:
    """A stocked store, and head office's commands: each with one that came before sent again; the last sequence."""
    async with at(office, data) as services:
        await stocked(services)
    last = 0
    async with headquarters(office) as hq:
        for n in range(COMMANDS):
            await hq.send(received(f"c-{n}"))
            last = await hq.send(received(f"c-{draw.randint(0, n)}"))
    return last


async def recovered(office: HeadOffice, data: Path, last: int) -> None:
    """A store that is left in peace takes all that is left."""
    async with at(office, data) as services:
        await consumed(services, last)


@pytest.mark.faults
@pytest.mark.promise
@pytest.mark.parametrize("seed", [1])
def test_every_command_happens_once_however_often_the_store_is_killed(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    data = tmp_path / "data"
    with head_office(tmp_path / "hq", STORE) as office:
        last = asyncio.run(ordered(office, data, draw))
        where = (str(data), office.natsd.url, str(office.folder.seed(STORE)))
        doomed = [sys.executable, "-m", "tests.faults.support.doomed_subscriber", *where]
        for point in ("before_ack", "before_commit", "before_ack"):
            ended = subprocess.run([*doomed, point, str(draw.randint(2, 12))], timeout=DEATH_SECONDS, check=False)
            assert ended.returncode == KILLED
        asyncio.run(recovered(office, data, last))

    applied = said(data, "hq.command_applied")
    assert [each["command_id"] for each in applied] == [f"c-{n}" for n in range(COMMANDS)]
    assert [each["transfer_id"] for each in said(data, "stock.transferred")] == [f"c-{n}" for n in range(COMMANDS)]
