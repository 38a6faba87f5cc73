"""Bringing a file to this program's schema: whole and with a backup, or not at all."""

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import migrations
from appliance.errors import DataDirectoryInUse, MigrationRefused
from appliance.eventstore.connection import open_writer
from appliance.eventstore.lock import DataDirectoryLock
from appliance.eventstore.migrate import applied, check, migrate
from tests.support.stores import appending, open_at, opened, rows

FIRST = {"0001_shelves": "CREATE TABLE shelves (name TEXT);"}
SECOND = {**FIRST, "0002_prices": "CREATE TABLE prices (n INTEGER); INSERT INTO shelves VALUES ('second');"}
FAILING = {**FIRST, "0002_prices": "CREATE TABLE prices (n INTEGER); INSERT INTO prices VALUES (1); SELECT nonsense();"}


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A database that has been through the first migration, with something in it."""
    connection = open_writer(tmp_path / "store.db")
    migrate(connection, tmp_path / "backups", known=FIRST)
    connection.execute("INSERT INTO shelves VALUES ('tea')")
    yield connection
    connection.close()


def tables(db: sqlite3.Connection) -> set[str]:
    return {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_what_is_pending_is_applied_in_order_and_recorded(db: sqlite3.Connection, tmp_path: Path) -> None:
    said: list[str] = []

    assert migrate(db, tmp_path / "backups", known=SECOND, say=said.append) == ["0002_prices"]

    assert db.execute("SELECT name FROM shelves").fetchall() == [("tea",), ("second",)]
    assert applied(db) == {name: migrations.checksum(text) for name, text in SECOND.items()}
    assert said == ["backing up before 0002_prices"]


def test_a_file_that_is_up_to_date_is_left_alone(db: sqlite3.Connection, tmp_path: Path) -> None:
    assert migrate(db, tmp_path / "backups", known=FIRST) == []
    assert not (tmp_path / "backups").exists()


def test_a_new_file_needs_no_backup(db: sqlite3.Connection, tmp_path: Path) -> None:
    assert not (tmp_path / "backups").exists()


def test_the_backup_is_the_file_as_it_was_before(db: sqlite3.Connection, tmp_path: Path) -> None:
    migrate(db, tmp_path / "backups", known=SECOND)

    backup = sqlite3.connect(tmp_path / "backups" / "before-0002_prices.db")
    assert backup.execute("SELECT name FROM shelves").fetchall() == [("tea",)]
    assert "prices" not in tables(backup)
    assert applied(backup) == {name: migrations.checksum(text) for name, text in FIRST.items()}
    backup.close()
    assert list((tmp_path / "backups").iterdir()) == [tmp_path / "backups" / "before-0002_prices.db"]


def test_a_migration_that_fails_leaves_neither_tables_nor_a_record(db: sqlite3.Connection, tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="nonsense"):
        migrate(db, tmp_path / "backups", known=FAILING)

    assert not db.in_transaction
    assert "prices" not in tables(db)
    assert list(applied(db)) == ["0001_shelves"]
    assert migrate(db, tmp_path / "backups", known=SECOND) == ["0002_prices"]


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"0001_shelves": "CREATE TABLE shelves (name TEXT, size INTEGER);"}, "is not what was applied"),
        ({}, "newer"),
    ],
)
def test_a_file_with_another_history_is_refused_untouched(
    db: sqlite3.Connection, tmp_path: Path, known: Mapping[str, str], words: str
) -> None:
    before = tables(db)

    with pytest.raises(MigrationRefused, match=words) as refusal:
        migrate(db, tmp_path / "backups", known={**known, "0003_more": "CREATE TABLE more (n INTEGER);"})

    assert refusal.value.facts in ({"edited": ["0001_shelves"]}, {"newer": ["0001_shelves"]})
    assert tables(db) == before


def test_checking_alone_says_what_is_pending() -> None:
    assert check({}, SECOND) == ["0001_shelves", "0002_prices"]
    assert check({"0001_shelves": migrations.checksum(FIRST["0001_shelves"])}, SECOND) == ["0002_prices"]


def test_every_migration_of_this_program_has_its_text() -> None:
    assert list(migrations.texts()) == list(migrations.NAMES)
    assert all(text.strip() for text in migrations.texts().values())


def test_a_file_of_a_newer_program_is_refused_at_start_and_not_touched(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.writer.call(appending())
    db = open_writer(tmp_path / "store.db")
    db.execute("INSERT INTO migration_checksums VALUES ('9999_future', 'f')")
    db.close()

    with pytest.raises(MigrationRefused, match="9999_future"):
        open_at(tmp_path)

    assert rows(tmp_path, "SELECT count(*) FROM events") == [(1,)]
    DataDirectoryLock(tmp_path).release()  # the failed start has given the directory back


def test_nobody_migrates_a_directory_that_is_in_use(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        with pytest.raises(DataDirectoryInUse) as refusal:
            open_at(tmp_path)
        assert store.writer.call(appending()) == 1

    assert refusal.value.facts["process"].isdigit()
    with opened(tmp_path) as again:
        assert again.writer.call(appending()) == 2
