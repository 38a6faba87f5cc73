"""A running store's files at one moment, and what becomes of them when the write-ahead log is cut at a byte."""

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from tests.faults.support import shop
from tests.faults.support.aftermath import History, check_prefix, laid_out, length_of, verdict_on
from tests.faults.support.checker import reader
from tests.faults.support.scale import in_memory

FILES = ("store.db", "store.db-wal", "head")
PROCESSES = 2
_READER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("SELECT count(*) FROM sqlite_master").fetchall()
print(flush=True)
sys.stdin.read()
"""
_END = "SELECT position, hash FROM events ORDER BY position DESC LIMIT 1"


@dataclass(frozen=True)
class Moment:
    """The files, the last position acknowledged by then, and all that happened until the store was stopped."""

    files: dict[str, bytes]
    acked: int
    history: History


@dataclass(frozen=True)
class Left:
    """What a cut leaves: how far the log goes, and what a start would say was lost; None where it says nothing."""

    length: int
    reported: tuple[int | None, int | None] | None


def capture(data: Path, wal_bytes: int) -> Moment:
    """Sell on two tills until the WAL is so large, and take the files between two groups.

    Nothing may be checkpointed meanwhile: see to that first.
    """
    taken, files, acked = threading.Event(), dict[str, bytes](), 0
    with shop.opened(data):
        pass  # the WAL of making the tables goes with this stop
    with shop.opened(data) as busy:
        tills = [threading.Thread(target=_sell_until, args=(busy, f"t{till}", taken)) for till in (1, 2)]
        for till in tills:
            till.start()
        while not taken.is_set():
            files, acked = busy.store.writer.call(lambda _: (_read(data), busy.store.writer.head.position))
            if len(files["store.db-wal"]) >= wal_bytes:
                taken.set()
        for till in tills:
            till.join()
    return Moment(files, acked, History.read(data))


def _sell_until(busy: shop.Shop, till: str, taken: threading.Event) -> None:
    number = 0
    while not taken.is_set():
        busy.sell(f"{till}-{number}")
        number += 1


def _read(data: Path) -> dict[str, bytes]:
    """What stands on the disk; on the writer's thread, before anything of its group is written."""
    return {name: (data / name).read_bytes() for name in FILES}


def sweep(moment: Moment, cuts: Sequence[int]) -> dict[int, Left]:
    """What every cut leaves, by the cut; on all cores."""
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        parts = pool.map(_sweep, [moment] * PROCESSES, [cuts[part::PROCESSES] for part in range(PROCESSES)])
    return {cut: left for part in parts for cut, left in part.items()}


def _sweep(moment: Moment, cuts: Sequence[int]) -> dict[int, Left]:
    looked_at: dict[int, Left] = {}
    found: dict[int, Left] = {}
    with in_memory() as quick, in_memory() as folder, _kept(quick, moment):
        for cut in sorted(cuts, reverse=True):
            length = _length(quick, moment, cut)
            if length not in looked_at:
                looked_at[length] = closely(folder, moment, cut)
            found[cut] = looked_at[length]
    return found


@contextmanager
def _kept(folder: Path, moment: Moment) -> Iterator[None]:
    """The files, and a reader in another process: while it is there, nobody moves the WAL when closing the file."""
    for name in FILES:
        (folder / name).write_bytes(moment.files[name])
    command = [sys.executable, "-S", "-c", _READER, str(folder / "store.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdout.readline()
        try:
            yield
        finally:
            other.stdin.close()


def _length(folder: Path, moment: Moment, cut: int) -> int:
    """How far the log goes after one more cut of the same file; its last event is the one that truly stood there."""
    os.truncate(folder / "store.db-wal", cut)
    (folder / "store.db-shm").unlink()  # or the index of the longer WAL would be believed
    with closing(sqlite3.connect(folder / "store.db", isolation_level=None)) as db:
        position, digest = db.execute(_END).fetchone() or (0, None)
    assert position == 0 or digest == moment.history.events[position - 1][5]
    return int(position)


def closely(folder: Path, moment: Moment, cut: int) -> Left:
    """Events, receipts and projections, to the byte; and what a start would say."""
    files = {**moment.files, "store.db-wal": moment.files["store.db-wal"][:cut]}
    with laid_out(folder, files), closing(reader(folder / "store.db")) as db:
        check_prefix(db, moment.history)
        verdict = verdict_on(folder, db)
        return Left(length_of(db), (verdict.lost_after, verdict.lost_until) if verdict else None)
