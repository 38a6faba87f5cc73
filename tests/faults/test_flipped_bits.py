"""One flipped bit in the database, in the log on its way there, or in the head file: found, or it changes nothing."""

from pathlib import Path

import pytest

from appliance.eventstore import checkpoints
from tests.faults.support.cutting import capture
from tests.faults.support.flipping import Files, Tally, Truth, busy_day, flipped, judge
from tests.faults.support.plants import planted
from tests.faults.support.scale import SEED, allowed, dice, in_memory, scaled

pytestmark = [pytest.mark.faults, pytest.mark.timeout(allowed(240))]

DATABASE_FLIPS = 600
WAL_FLIPS = 300
SLOT_BYTES, SLOT_STARTS = 64, (0, 512)
KEPT = ("store.db", "head", "keys.db")


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Files, Truth]:
    """The files of a day's business, and all that is true of it."""
    data = tmp_path_factory.mktemp("flips") / "data"
    busy_day(data)
    return {name: (data / name).read_bytes() for name in KEPT}, Truth.of(data)


def database_flips(files: Files, true: Truth, number: int, salt: str) -> Tally:
    draws, tally = dice(salt), Tally()
    with in_memory() as folder:
        for _ in range(number):
            judge(folder, {**files, "store.db": flipped(files["store.db"], draws)}, true, tally)
    return tally


def test_a_flipped_bit_in_the_database_is_found_or_changes_nothing(day: tuple[Files, Truth]) -> None:
    tally = database_flips(*day, scaled(DATABASE_FLIPS), "database")

    print(f"database: {scaled(DATABASE_FLIPS)} flips, {tally}, seed {SEED}")
    assert tally.unreported == []
    assert tally.found.total() > tally.harmless / 2


def test_a_flipped_bit_in_the_write_ahead_log_is_found_or_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "IDLE_SECONDS", 1e9)
    moment = capture(tmp_path / "data", 128 * 1024)
    files = {**moment.files, "keys.db": (tmp_path / "data" / "keys.db").read_bytes()}
    draws, tally = dice("wal"), Tally()
    with in_memory() as folder:
        for name, content in files.items():
            (folder / name).write_bytes(content)
        true = Truth.of(folder)
        for _ in range(scaled(WAL_FLIPS)):
            judge(folder, {**files, "store.db-wal": flipped(files["store.db-wal"], draws)}, true, tally)

    print(f"WAL: {scaled(WAL_FLIPS)} flips, {tally}, seed {SEED}")
    assert tally.unreported == []
    assert tally.found["start: cut"] > tally.harmless


def test_every_bit_of_the_head_file_is_watched(day: tuple[Files, Truth]) -> None:
    files, true = day
    tally = Tally()
    with in_memory() as folder:
        for start in SLOT_STARTS:
            for bit in range(SLOT_BYTES * 8):
                head = bytearray(files["head"])
                head[start + bit // 8] ^= 1 << bit % 8
                judge(folder, {**files, "head": bytes(head)}, true, tally)

    print(f"head: {tally}")
    assert tally.unreported == []
    assert dict(tally.found) == {"start: damaged slot": len(SLOT_STARTS) * SLOT_BYTES * 8}
    assert tally.harmless == 0


def test_the_planted_bug_of_a_chain_that_is_not_checked_is_caught(day: tuple[Files, Truth]) -> None:
    with planted("no chain check"):
        tally = database_flips(*day, 200, "no chain check")

    assert tally.unreported != []
