"""`backroom hq watch` beside two stores that run as processes of their own: where each stands, and who is gone."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from tests.support.boxes import Box
from tests.support.head_office import HeadOffice, head_office
from tests.support.polling import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

DEADLINE_S = 60.0
BERLIN, MUNICH = "berlin-1", "munich-1"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", BERLIN, MUNICH) as found:
        yield found


@pytest.fixture
def stores(office: HeadOffice, tmp_path: Path) -> Iterator[dict[str, Box]]:
    """Both run, and each has sold something."""
    found = {name: Box(tmp_path / name, office, name) for name in (BERLIN, MUNICH)}
    try:
        for box in found.values():
            box.start("--first-start-catalogue")
            box.sell("first", box.get("/products?limit=1")["items"][0]["product_id"])
        yield found
    finally:
        for box in found.values():
            box.end()


@pytest.fixture
def looks(office: HeadOffice) -> Iterator[Queue[dict[str, Any]]]:
    """What `hq watch` says, look by look."""
    command = [sys.executable, "-m", "appliance", "hq", "watch", "--json", "--every", "0.3"]
    command += ["--folder", str(office.folder.path), "--server", office.natsd.url]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    found: Queue[dict[str, Any]] = Queue()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stdout is not None
        reading = threading.Thread(target=_read, args=(process.stdout, found))
        reading.start()
        try:
            yield found
        finally:
            process.kill()
            reading.join()


def _read(lines: Iterable[str], into: "Queue[dict[str, Any]]") -> None:
    for line in lines:
        into.put(json.loads(line))


def told(looks: "Queue[dict[str, Any]]") -> dict[str, dict[str, Any]]:
    """The next look, by store."""
    return {each["store"]: each for each in looks.get(timeout=DEADLINE_S)["stores"]}


def test_both_stand_where_they_are_and_one_that_is_killed_goes_off_line(
    office: HeadOffice, stores: dict[str, Box], looks: "Queue[dict[str, Any]]"
) -> None:
    del office
    for box in stores.values():
        wait_until(box.drained, DEADLINE_S)
    ends = {name: box.local("/sync")["position"] for name, box in stores.items()}

    def even() -> bool:
        seen = told(looks)
        return all(
            (seen[name]["at_head_office"], seen[name]["position"], seen[name]["lag"]) == (end, end, 0)
            for name, end in ends.items()
        )

    wait_until(even, DEADLINE_S)
    seen = told(looks)
    assert all(seen[name]["last_sale"] and seen[name]["incarnation"] == 1 for name in ends)

    stores[MUNICH].end()
    wait_until(lambda: told(looks)[MUNICH]["position"] is None, DEADLINE_S)
    seen = told(looks)
    assert seen[BERLIN]["position"] == ends[BERLIN]
    assert seen[MUNICH]["at_head_office"] == ends[MUNICH]
