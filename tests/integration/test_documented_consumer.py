"""The consumer in the docs reads a store's events with a NATS client alone, and sees what does not follow."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.hq.connection import connected
from appliance.hq.resources import Life
from tests.support.every_event import EVERY
from tests.support.head_office import HeadOffice, head_office
from tests.support.upstream import Lifeline, sales

PAGE = Path(__file__).parents[2] / "docs/reference/head-office.md"
STORE = "store-a"
MOST_LINES = 30


def program() -> str:
    [found] = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return str(found)


def consume(office: HeadOffice, folder: Path) -> subprocess.CompletedProcess[str]:
    script = folder / "consumer.py"
    script.write_text(program())
    arguments = [office.natsd.url, str(office.folder.credentials), f"STORE_{STORE}_1"]
    return subprocess.run(
        [sys.executable, script, *arguments], capture_output=True, text=True, timeout=30, check=False, cwd=folder
    )


async def _publish(office: HeadOffice, line: Lifeline) -> None:
    async with connected(office.server) as js:
        await line.publish(js)


def test_it_is_as_short_as_it_says() -> None:
    assert len([each for each in program().splitlines() if each.strip()]) <= MOST_LINES


@pytest.mark.parametrize("spoilt", [False, True])
def test_it_reads_and_proves_what_a_store_sent(tmp_path: Path, spoilt: bool) -> None:
    line = Lifeline(Life(STORE))
    line.record(*EVERY.values(), *sales(20))
    if spoilt:
        record, digest, name = line.sent[9]
        line.sent[9] = (record + b" ", digest, name)
    with head_office(tmp_path, STORE) as office:
        asyncio.run(_publish(office, line))
        said = consume(office, tmp_path)

    if spoilt:
        assert "position 10 does not follow" in said.stderr
    else:
        assert said.stdout.splitlines()[-1] == f"clean: STORE_{STORE}_1 up to {line.position}, {line.digest.hex()}"
