import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.eventstore.chain import GENESIS, link
from appliance.eventstore.head import Head, HeadFile, HeadReading

SLOT = 512  # a slot to a sector


def head(position: int) -> Head:
    return Head(1, position, link(GENESIS, b"%d" % position))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "head"


@pytest.fixture
def written(path: Path) -> Iterator[HeadFile]:
    """A head file after positions 1, 2 and 3."""
    file = HeadFile(path)
    file.read()
    for position in (1, 2, 3):
        file.write(head(position))
    yield file
    file.close()


def reading(path: Path) -> HeadReading:
    file = HeadFile(path)
    try:
        return file.read()
    finally:
        file.close()


def flip(path: Path, offset: int, bit: int = 0) -> None:
    raw = bytearray(path.read_bytes())
    raw[offset] ^= 1 << bit
    path.write_bytes(raw)


def newest_slot(path: Path) -> int:
    return max((0, 1), key=lambda slot: path.read_bytes()[slot * SLOT + 8])


def test_the_newest_slot_is_what_is_read(written: HeadFile, path: Path) -> None:
    assert reading(path) == HeadReading(head(3), damaged_slots=0, missing=False)


def test_a_missing_file_says_so_and_is_made(path: Path) -> None:
    assert reading(path) == HeadReading(None, damaged_slots=0, missing=True)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_torn_slot_leaves_the_one_before_it(written: HeadFile, path: Path) -> None:
    raw = bytearray(path.read_bytes())
    start = newest_slot(path) * SLOT
    raw[start + 30 : start + 60] = bytes(30)
    path.write_bytes(raw)

    assert reading(path) == HeadReading(head(2), damaged_slots=1, missing=False)


def test_a_file_cut_within_its_last_slot_leaves_the_other_one(written: HeadFile, path: Path) -> None:
    os.truncate(path, SLOT + 20)

    assert reading(path).damaged_slots == 1
    assert reading(path).head == head(2)


def test_with_both_slots_damaged_nothing_is_known(written: HeadFile, path: Path) -> None:
    flip(path, 20)
    flip(path, SLOT + 20)

    assert reading(path) == HeadReading(None, damaged_slots=2, missing=False)


@pytest.mark.parametrize("offset", range(64))
def test_one_flipped_bit_anywhere_in_a_slot_is_noticed(written: HeadFile, path: Path, offset: int) -> None:
    flip(path, newest_slot(path) * SLOT + offset, bit=offset % 8)

    assert reading(path) == HeadReading(head(2), damaged_slots=1, missing=False)


def test_writing_goes_on_in_the_damaged_slot_after_a_restart(written: HeadFile, path: Path) -> None:
    flip(path, newest_slot(path) * SLOT + 20)
    again = HeadFile(path)
    again.read()

    again.write(head(4))

    again.close()
    assert reading(path) == HeadReading(head(4), damaged_slots=0, missing=False)


def test_a_restart_goes_on_counting_where_the_file_ended(written: HeadFile, path: Path) -> None:
    again = HeadFile(path)
    again.read()

    again.write(head(4))

    assert reading(path).head == head(4)
    again.close()


def test_a_position_past_the_end_of_the_log_is_as_good_as_any(path: Path) -> None:
    file = HeadFile(path)
    file.read()

    file.write(Head(7, 2**63, b"\xff" * 32))

    file.close()
    assert reading(path).head == Head(7, 2**63, b"\xff" * 32)


def test_sync_is_asked_of_the_disk_only_for_what_was_written(
    written: HeadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fdatasync", synced.append)

    written.sync()
    written.sync()

    assert len(synced) == 1
    assert not written.dirty
