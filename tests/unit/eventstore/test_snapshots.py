import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import pytest

import migrations
from appliance.eventstore.snapshots import read_snapshot, shape, write_snapshot


@dataclass(frozen=True)
class Shelf:
    tea: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Changed:
    tea: int
    notes: tuple[str, ...] = ()
    coffee: int = 0


def broken() -> object:
    """A state as a program with a defect would leave it: of the right name and shape, but not what it says."""
    return Shelf(cast("int", "seven"))


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    """A database with the state of `stock-tea` at version 100."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(migrations.sql("0001_log"))
    write_snapshot(connection, "stock-tea", 100, Shelf(7, ("a",)))
    yield connection
    connection.close()


def test_a_snapshot_is_read_as_it_was_written(db: sqlite3.Connection) -> None:
    assert read_snapshot(db, "stock-tea", Shelf, newest=130) == (Shelf(7, ("a",)), 100)


def test_a_newer_snapshot_takes_the_place_of_the_older(db: sqlite3.Connection) -> None:
    write_snapshot(db, "stock-tea", 200, Shelf(8))

    assert read_snapshot(db, "stock-tea", Shelf, newest=200) == (Shelf(8), 200)


def test_a_stream_without_one_has_none(db: sqlite3.Connection) -> None:
    assert read_snapshot(db, "stock-coffee", Shelf, newest=130) == (None, 0)


def test_a_snapshot_from_past_the_end_of_the_stream_is_ignored(db: sqlite3.Connection) -> None:
    assert read_snapshot(db, "stock-tea", Shelf, newest=99) == (None, 0)


@pytest.mark.parametrize(
    "damage",
    [
        'state = \'{"tea":8,"notes":["a"]}\'',
        "version = 101",
        "checksum = checksum + 1",
        "shape = 'Shelf()'",
    ],
)
def test_a_snapshot_that_is_not_as_written_is_ignored(db: sqlite3.Connection, damage: str) -> None:
    db.execute(f"UPDATE aggregate_snapshots SET {damage}")

    assert read_snapshot(db, "stock-tea", Shelf, newest=130) == (None, 0)


def test_a_snapshot_of_another_stream_in_its_place_is_ignored(db: sqlite3.Connection) -> None:
    db.execute("UPDATE aggregate_snapshots SET stream_id = 'stock-coffee'")

    assert read_snapshot(db, "stock-coffee", Shelf, newest=130) == (None, 0)


def test_a_snapshot_of_another_shape_is_another_program_s_and_ignored(db: sqlite3.Connection) -> None:
    assert read_snapshot(db, "stock-tea", Changed, newest=130) == (None, 0)
    assert shape(Shelf) != shape(Changed)


def test_a_snapshot_that_does_not_decode_is_ignored(db: sqlite3.Connection) -> None:
    write_snapshot(db, "stock-tea", 100, broken())

    assert read_snapshot(db, "stock-tea", Shelf, newest=130) == (None, 0)
