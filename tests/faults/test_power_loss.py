"""Power cuts: every write and sync of a busy shop is recorded, and every disk they could leave is looked at."""

import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.support import shop
from tests.faults.support.aftermath import (
    History,
    acknowledged,
    check_keys,
    check_prefix,
    laid_out,
    verdict_on,
)
from tests.faults.support.checker import Violation, check, reader
from tests.faults.support.disk import Disk, Files, Op, build_shim, read_record
from tests.faults.support.scale import SEED, allowed, dice, in_memory, scaled

pytestmark = [pytest.mark.faults, pytest.mark.promise, pytest.mark.timeout(allowed(240))]

REPOSITORY = Path(__file__).resolve().parents[2]
SALES, TILLS = 24, 3
SUBSETS = 2  # random disks at every operation
WHOLE_START_EVERY = 25  # a state in so many goes through a whole start of the store, and sells on


def record(data: Path, shim: Path, sales: int, plant: str = "") -> list[Op]:
    """What a busy shop does to its disk."""
    log = data.with_suffix(".record")
    command = [sys.executable, "-m", "tests.faults.support.recorded_shop", str(data), str(sales), str(TILLS), plant]
    environment = {
        **os.environ, "LD_PRELOAD": str(shim), "DISK_PREFIX": str(data), "DISK_LOG": str(log), "PYTHONHASHSEED": "0",
    }  # fmt: skip
    subprocess.run(command, env=environment, cwd=REPOSITORY, check=True, timeout=60)
    return read_record(log, data)


def states(ops: list[Op], data: Path, draws: random.Random) -> Iterator[tuple[int, Files]]:
    """(last acknowledged position, files) for every disk looked at, in the order of the operations."""
    disk, acked = Disk(data), 0
    for op in ops:
        if op.kind == "a":
            acked = max(acked, acknowledged(op.data))
            continue
        disk.apply(op)
        if op.kind in "su":
            yield acked, disk.nothing_more()
        yield acked, disk.everything()
        for _ in range(SUBSETS):
            yield acked, disk.something(draws)


def judge(folder: Path, files: Files, acked: int, history: History) -> int:
    """One disk: a prefix of the history with all that was acknowledged, and a life that goes on."""
    with laid_out(folder, files):
        with closing(reader(folder / "store.db")) as db:
            length = check_prefix(db, history)
            if length < acked:
                message = f"I1: {acked} was acknowledged, the disk has {length}"
                raise Violation(message)
            if length:
                verdict = verdict_on(folder, db)
                if verdict is not None:
                    message = f"a power cut that lost nothing would end this life: {verdict}"
                    raise Violation(message)
        check_keys(folder, length, history)
    return length


def violations(ops: list[Op], data: Path, history: History, most: int) -> tuple[int, Counter[str]]:
    """How many disks were looked at, and what was wrong with them; stops when `most` things were."""
    looked_at, wrong = 0, Counter[str]()
    with in_memory() as folder:
        for acked, files in states(ops, data, dice("power")):
            looked_at += 1
            try:
                judge(folder, files, acked, history)
            except Violation as violation:
                wrong[str(violation).split(":")[0]] += 1
                if wrong.total() >= most:
                    break
    return looked_at, wrong


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed: the recorder of disk writes cannot be built")
    return build_shim(tmp_path_factory.mktemp("shim"))


@pytest.fixture(scope="module")
def recorded(shim: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Op], Path]:
    """A record of the shop as it is, and its data directory."""
    data = tmp_path_factory.mktemp("power") / "data"
    return record(data, shim, scaled(SALES)), data


def test_no_power_cut_loses_an_acknowledged_sale(recorded: tuple[list[Op], Path]) -> None:
    ops, data = recorded
    history = History.read(data)

    looked_at, wrong = violations(ops, data, history, most=1)

    acks, syncs = sum(op.kind == "a" for op in ops), sum(op.kind == "s" for op in ops)
    print(f"power loss: {len(ops)} operations, {syncs} syncs, {acks} answers, {looked_at} disks, seed {SEED}")
    assert wrong == {}
    assert looked_at > 1_000
    assert acks > SALES


def test_a_store_starts_and_sells_on_after_a_power_cut(recorded: tuple[list[Op], Path]) -> None:
    ops, data = recorded
    tried = 0
    with in_memory() as folder:
        for number, (_, files) in enumerate(states(ops, data, dice("start"))):
            if number % WHOLE_START_EVERY:
                continue
            with laid_out(folder, files), shop.opened(folder) as again:
                again.sell("after the cut")
            book = check(folder, ["after the cut"], {f"r-{number}" for number in range(scaled(SALES))})
            assert book.sales["after the cut"] == 1
            tried += 1
    print(f"power loss: {tried} whole starts, seed {SEED}")
    assert tried > 50


@pytest.mark.parametrize("plant", ["synchronous=NORMAL", "answer before commit"])
def test_the_planted_bug_is_caught(plant: str, shim: Path, tmp_path: Path) -> None:
    ops = record(tmp_path / "data", shim, SALES, plant)

    _, wrong = violations(ops, tmp_path / "data", History.read(tmp_path / "data"), most=200)

    print(f"{plant}: {dict(wrong)}")
    assert wrong["I1"] > 0  # beside lives that end where the head file is ahead of the log
