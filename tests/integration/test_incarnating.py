"""One life of the log: it goes on over restarts and crashes, and ends where the log was lost, copied or put back."""

import os
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.domain import events as e
from appliance.errors import DatabaseUnusable
from appliance.eventstore.head import HeadFile
from appliance.eventstore.store import EventStore
from tests.support.stores import MACHINE, appending, assert_whole, open_at, opened, received, rows


def sell(store: EventStore, events: int = 3) -> None:
    for _ in range(events):
        store.writer.call(appending())


def life(store: EventStore) -> tuple[str | None, int]:
    """Why a new life began at this start, if one did, and which one it is."""
    return (store.verdict.cause if store.verdict else None), store.writer.head.incarnation


def last_incarnated(data: Path) -> e.StoreIncarnated:
    record = rows(data, "SELECT record FROM events WHERE type = 'store.incarnated' ORDER BY position DESC LIMIT 1")[0]
    found: dict[str, Any] = msgspec.json.decode(record[0])
    return msgspec.convert(found["data"], e.StoreIncarnated)


def findings(data: Path) -> list[str]:
    return [kind for (kind,) in rows(data, "SELECT kind FROM findings ORDER BY id")]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with three events of its first life, closed properly."""
    with opened(tmp_path / "data") as store:
        assert life(store) == (None, 1)
        sell(store)
    return tmp_path / "data"


def copy_of(path: Path, target: Path) -> Path:
    shutil.copytree(path, target, copy_function=shutil.copy2)
    return target


def test_a_plain_restart_keeps_the_life(data: Path) -> None:
    for _ in range(3):
        with opened(data) as store:
            assert life(store) == (None, 1)
            sell(store, 1)

    assert findings(data) == []
    assert assert_whole(data) == 6


def test_a_new_store_begins_its_first_life_without_an_event(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass

    with opened(tmp_path) as store:
        assert life(store) == (None, 1)
    assert assert_whole(tmp_path) == 0


def test_a_crash_between_commit_and_head_write_keeps_the_life(data: Path) -> None:
    behind = (data / "head").read_bytes()
    with opened(data) as store:
        sell(store, 1)
    (data / "head").write_bytes(behind)

    with opened(data) as store:
        assert life(store) == (None, 1)
        sell(store, 1)
    assert assert_whole(data) == 5


def test_a_crash_between_the_very_first_commit_and_its_head_write_keeps_the_life(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        before = (tmp_path / "head").read_bytes()
        sell(store, 1)
    (tmp_path / "head").write_bytes(before)

    with opened(tmp_path) as store:
        assert life(store) == (None, 1)


def test_a_copied_directory_begins_a_life_of_its_own_and_the_original_does_not(data: Path, tmp_path: Path) -> None:
    copy = copy_of(data, tmp_path / "copy")

    with opened(copy) as store:
        assert life(store) == ("copied", 2)
        sell(store)
    with opened(data) as store:
        assert life(store) == (None, 1)

    incarnated = last_incarnated(copy)
    assert (incarnated.incarnation, incarnated.base_position, incarnated.cause) == (2, 3, "copied")
    assert incarnated.base_hash == rows(data, "SELECT lower(hex(hash)) FROM events WHERE position = 3")[0][0]
    assert incarnated.machine == MACHINE
    assert findings(copy) == ["incarnation-copied"]
    assert assert_whole(copy) == 7


def test_the_new_life_goes_on_over_restarts(data: Path, tmp_path: Path) -> None:
    copy = copy_of(data, tmp_path / "copy")
    for _ in range(3):
        with opened(copy) as store:
            sell(store, 1)

    with opened(copy) as store:
        assert life(store) == (None, 2)
    assert assert_whole(copy) == 7


def test_a_copy_of_a_copy_begins_a_third_life(data: Path, tmp_path: Path) -> None:
    with opened(copy_of(data, tmp_path / "one")) as store:
        sell(store, 1)

    with opened(copy_of(tmp_path / "one", tmp_path / "two")) as store:
        assert life(store) == ("copied", 3)


def test_a_directory_moved_as_it_is_keeps_its_life(data: Path, tmp_path: Path) -> None:
    moved = data.rename(tmp_path / "moved")

    with opened(moved) as store:
        assert life(store) == (None, 1)


def test_a_disk_put_into_another_machine_begins_a_new_life(data: Path) -> None:
    with opened(data, machine="machine-b") as store:
        assert life(store) == ("copied", 2)
    with opened(data, machine="machine-b") as store:
        assert life(store) == (None, 2)


def test_a_copy_of_a_store_that_never_sold_is_at_home_where_it_is_opened(tmp_path: Path) -> None:
    with opened(tmp_path / "data"):
        pass
    copy = copy_of(tmp_path / "data", tmp_path / "copy")
    with opened(copy) as store:
        assert life(store) == (None, 1)
        sell(store)

    with opened(copy) as store:
        assert life(store) == (None, 1)


@pytest.mark.parametrize("in_place", [True, False], ids=["into the old file", "as a new file"])
def test_an_older_file_put_back_is_a_cut(data: Path, in_place: bool) -> None:
    older = (data / "store.db").read_bytes()
    with opened(data) as store:
        sell(store, 4)
    if not in_place:
        (data / "store.db").unlink()
    (data / "store.db").write_bytes(older)

    with opened(data) as store:
        assert life(store) == ("cut", 2)
        sell(store, 1)

    incarnated = last_incarnated(data)
    assert (incarnated.base_position, incarnated.lost_after, incarnated.lost_until) == (3, 3, 7)
    assert assert_whole(data) == 5


def test_a_wal_that_lost_its_tail_is_a_cut(data: Path, tmp_path: Path) -> None:
    with opened(data) as store:
        sell(store, 3)
        crashed = copy_of(data, tmp_path / "crashed")
    wal = crashed / "store.db-wal"
    os.truncate(wal, wal.stat().st_size - 1)

    with opened(crashed) as store:
        cause, incarnation = life(store)
    assert (cause, incarnation) == ("cut", 2)
    assert "incarnation-cut" in findings(crashed)


def test_a_database_that_lost_everything_is_a_cut(data: Path) -> None:
    for name in ("store.db", "store.db-wal", "store.db-shm"):
        (data / name).unlink(missing_ok=True)

    with opened(data) as store:
        assert life(store) == ("cut", 2)

    assert last_incarnated(data).lost_until == 3
    assert assert_whole(data) == 1


def test_another_store_s_file_under_the_head_has_diverged(data: Path, tmp_path: Path) -> None:
    with opened(tmp_path / "other") as store:
        store.writer.call(appending(*[received("coffee")] * 5))
    (data / "store.db").write_bytes((tmp_path / "other" / "store.db").read_bytes())

    with opened(data) as store:
        assert life(store) == ("diverged", 2)


@pytest.mark.parametrize("damage", ["missing", "both slots"])
def test_a_lost_head_file_begins_a_new_life(data: Path, damage: str) -> None:
    head = data / "head"
    if damage == "missing":
        head.unlink()
    else:
        head.write_bytes(bytes(byte ^ 1 for byte in head.read_bytes()))

    with opened(data) as store:
        assert life(store) == ("head-lost", 2)
    with opened(data) as store:
        assert life(store) == (None, 2)


def test_a_damaged_slot_is_told_but_costs_no_life(data: Path) -> None:
    raw = bytearray((data / "head").read_bytes())
    raw[40] ^= 1
    (data / "head").write_bytes(raw)

    with opened(data) as store:
        assert life(store) == (None, 1)
        sell(store, 1)

    assert findings(data) == ["head-damaged"]


def test_the_head_of_a_later_life_makes_the_next_one_later_still(data: Path, tmp_path: Path) -> None:
    """A backup of life 1 is put back into a directory whose head is in life 2: life 2 must not be lived twice."""
    older = (data / "store.db").read_bytes()
    with opened(data, machine="machine-b") as store:
        sell(store, 1)
    (data / "store.db").write_bytes(older)

    with opened(data, machine="machine-b") as store:
        assert life(store) == ("cut", 3)


def test_the_head_always_knows_the_last_acknowledged_position(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        for _ in range(5):
            position = store.writer.call(appending())
            file = HeadFile(tmp_path / "head")
            head = file.read().head
            file.close()
            assert head is not None
            assert head.position == position
            assert head == store.writer.head


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"SQLite format 3", b"SQLite format 4"),
        (b"migration_checksums(name", b"\xffigration_checksums(name"),
        (b'"cause":"copied"', b'"cause":\x00copied"'),
    ],
    ids=["no database", "a name", "a record"],
)
def test_a_file_that_cannot_be_read_is_called_damaged_and_left_alone(data: Path, before: bytes, after: bytes) -> None:
    with opened(data, machine="machine-b"):
        pass  # a life that a start must read from the log
    raw = (data / "store.db").read_bytes()
    assert before in raw
    (data / "store.db").write_bytes(raw.replace(before, after))

    with pytest.raises(DatabaseUnusable):
        open_at(data, machine="machine-b")

    assert (data / "store.db").read_bytes() == raw.replace(before, after)
