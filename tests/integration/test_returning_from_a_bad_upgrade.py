"""Two versions in two trees, started as a supervisor would: a bad one is gone back from, and no sale is lost by it."""

import dataclasses
import json
import os
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from appliance.upgrading import guard
from tests.support.versions import CRASH, HANG, PLANTED, become

REPOSITORY = Path(__file__).parents[2]
READY_SECONDS = 60.0
SALE = {"register_id": "till-1", "currency": "EUR", "tenders": [{"type": "cash", "amount": 5000}]}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def tree_of(folder: Path, version: str, plant: str = "", *, migrates: bool = False) -> Path:
    """The program, saying that it is this version."""
    for name in ("appliance", "migrations", "tui"):  # with what is compiled of it: a copy is as old as its original
        shutil.copytree(REPOSITORY / name, folder / name)
    return become(folder, version, plant, migrates=migrates)


@dataclass
class Machine:
    """What the package and systemd do: a tree that is installed, the former beside it, starts one after the other."""

    folder: Path
    installed: Path
    process: subprocess.Popen[str] | None = None
    says: list[str] = field(default_factory=list)
    url: str = ""
    token: str = ""

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def former(self) -> Path:
        return self.folder / "former"

    def install(self, tree: Path) -> None:
        """As the package does: what is there now is kept beside."""
        shutil.rmtree(self.former, ignore_errors=True)
        self.installed.rename(self.former)
        tree.rename(self.installed)

    def start(self, *options: str) -> str | None:
        """The guard, then whatever it chose; the version that was ready, or None where it was not and was killed."""
        program = self.installed / "appliance" / "upgrading" / "guard.py"
        chosen = subprocess.run(
            [sys.executable, "-IS", program, self.data, self.installed, self.former],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        self.says.append(chosen.stderr)
        tree = Path(chosen.stdout.strip())
        command = [
            sys.executable,
            "-m",
            "appliance",
            "--data",
            str(self.data),
            "run",
            "--json",
            "--port",
            "0",
            *options,
        ]
        environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONSAFEPATH": "1"} | WINDOW
        self.process = subprocess.Popen(
            command, cwd=tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        ready = self._line()
        if ready is None:
            self.end(signal.SIGKILL)
            return None
        self.url, self.token = ready["url"], ready["token"] or self.token
        return guard.version_of(tree)

    def _line(self) -> dict[str, str] | None:
        """What it says when it is ready; None where it ended, or hangs and this supervisor has waited long enough."""
        assert self.process is not None
        assert self.process.stdout is not None
        hangs = self.data / "hangs"
        hangs.unlink(missing_ok=True)
        deadline = time.monotonic() + READY_SECONDS
        while not select.select([self.process.stdout], [], [], 0.05)[0]:
            if hangs.exists() or time.monotonic() > deadline:
                return None
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.communicate()
            self.process = None

    def sell(self, key: str) -> str:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        product = httpx.get(f"{self.url}/api/v1/products?limit=1", headers=headers).json()["items"][0]["product_id"]
        body = SALE | {"lines": [{"product_id": product}]}
        made = httpx.post(f"{self.url}/api/v1/sales", json=body, headers=headers, timeout=30)
        assert made.status_code == 201, made.text
        return str(made.json()["receipt_number"])

    def state(self) -> str:
        known = guard.read(self.data)
        return known.state if known else ""


WINDOW = {"BACKROOM__UPGRADE__WINDOW_SECONDS": "3600", "BACKROOM__SCRUB__ENABLED": "false"}


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """It runs 0.1.0 and has sold something."""
    found = Machine(tmp_path, tree_of(tmp_path / "installed", "0.1.0"))
    found.data.mkdir()
    assert found.start("--first-start-catalogue") == "0.1.0"
    assert found.sell("first") == "till-1-1-1"
    found.end()
    yield found
    found.end(signal.SIGKILL)


def migrations_of(data: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{data / 'store.db'}?mode=ro", uri=True)) as db:
        return [name for (name,) in db.execute("SELECT name FROM migration_checksums ORDER BY rowid")]


@pytest.mark.parametrize("plant", [CRASH, HANG], ids=["crash", "hang"])
def test_one_that_does_not_get_ready_is_gone_back_from_with_the_data_of_before(
    machine: Machine, tmp_path: Path, plant: str
) -> None:
    before = migrations_of(machine.data)
    machine.install(tree_of(tmp_path / "next", "0.2.0", plant, migrates=True))

    assert [machine.start() for _ in range(guard.STARTS)] == [None] * guard.STARTS
    assert migrations_of(machine.data) == [*before, PLANTED]
    assert machine.start() == "0.1.0"

    assert migrations_of(machine.data) == before
    assert machine.sell("first") == "till-1-1-1"
    assert machine.sell("second") == "till-1-1-2"
    assert "0.1.0 is back" in machine.says[-1]
    machine.end()
    assert machine.start() == "0.1.0"
    machine.end()
    machine.install(tree_of(tmp_path / "mended", "0.2.1", migrates=True))
    assert machine.start() == "0.2.1"


def test_one_that_sold_and_then_fails_stays_where_its_file_cannot_be_given_back(
    machine: Machine, tmp_path: Path
) -> None:
    machine.install(tree_of(tmp_path / "next", "0.2.0", migrates=True))
    assert machine.start() == "0.2.0"
    assert machine.sell("under-the-new-one") == "till-1-1-2"
    machine.end(signal.SIGKILL)
    for _ in range(guard.STARTS - 1):
        assert machine.start() == "0.2.0"
        machine.end(signal.SIGKILL)

    assert machine.start() == "0.2.0"
    assert machine.state() == guard.STAYS
    assert "acknowledged since" in machine.says[-1]
    assert machine.sell("under-the-new-one") == "till-1-1-2"


def test_one_that_changed_no_file_gives_its_sales_to_the_former(machine: Machine, tmp_path: Path) -> None:
    machine.install(tree_of(tmp_path / "next", "0.2.0"))
    for _ in range(guard.STARTS):
        assert machine.start() == "0.2.0"
        assert machine.sell("under-the-new-one") == "till-1-1-2"
        machine.end(signal.SIGKILL)

    assert machine.start() == "0.1.0"
    assert machine.sell("under-the-new-one") == "till-1-1-2"
    assert machine.sell("third") == "till-1-1-3"


def test_a_good_one_is_kept_and_a_stop_in_good_order_is_no_failure(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.install(tree_of(tmp_path / "next", "0.2.0", migrates=True))
    for _ in range(guard.STARTS + 1):
        assert machine.start() == "0.2.0"
        machine.end()
        assert machine.state() == guard.TRYING
    monkeypatch.setitem(WINDOW, "BACKROOM__UPGRADE__WINDOW_SECONDS", "0.01")
    assert machine.start() == "0.2.0"
    machine.sell("settled")
    machine.end()
    assert machine.state() == guard.SETTLED


def test_a_return_that_was_cut_is_done_again(machine: Machine, tmp_path: Path) -> None:
    machine.install(tree_of(tmp_path / "next", "0.2.0", CRASH, migrates=True))
    for _ in range(guard.STARTS):
        machine.start()
    known = guard.read(machine.data)
    assert known is not None
    guard.write(machine.data, dataclasses.replace(known, state=guard.RETURNING, detail=f"before-{PLANTED}.db"))
    (machine.data / "store.db").write_bytes(b"half of this and half of that")

    assert machine.start() == "0.1.0"
    assert machine.sell("second") == "till-1-1-2"
