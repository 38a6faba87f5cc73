import errno
import os
from pathlib import Path

import pytest

from appliance.eventstore.reserve import LEAST_BYTES, RESERVE_BYTES, Reserve


def test_it_sets_room_aside_that_is_really_taken(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "reserve")

    assert reserve.take() == RESERVE_BYTES

    assert (tmp_path / "reserve").stat().st_blocks * 512 >= RESERVE_BYTES
    assert (tmp_path / "reserve").stat().st_mode & 0o777 == 0o600


def test_it_gives_all_of_it_back(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "reserve")
    reserve.take()

    reserve.give()
    reserve.give()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("room", "taken"), [(RESERVE_BYTES // 4, RESERVE_BYTES // 4), (LEAST_BYTES - 1, 0)])
def test_on_a_full_disk_it_takes_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int, taken: int
) -> None:
    def allocate(fd: int, offset: int, size: int) -> None:
        if size > room:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", allocate)

    assert Reserve(tmp_path / "reserve").take() == taken
