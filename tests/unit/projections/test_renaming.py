"""Renaming tables under a running store: all of it, or nothing of it."""

import sqlite3

import pytest

from appliance.projections.customers import Customers
from appliance.projections.renaming import FTS_PARTS, physical_names, rename_tables


@pytest.fixture
def db() -> sqlite3.Connection:
    """A table with an index and a partial one, another that says the same name, and a full-text table."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("CREATE TABLE stock (stock TEXT PRIMARY KEY, n INTEGER DEFAULT 5) STRICT")
    db.execute("CREATE INDEX stock_by_n ON stock(n)")
    db.execute("CREATE INDEX stock_on_stock ON stock (stock) WHERE stock <> 'on stock(n)'")
    db.execute("CREATE TABLE stock_new (a TEXT) STRICT")
    db.execute("CREATE VIRTUAL TABLE words USING fts5(stock)")
    db.execute("INSERT INTO stock VALUES ('tea', 1)")
    db.execute("INSERT INTO words VALUES ('strong tea')")
    return db


def names(db: sqlite3.Connection) -> set[str]:
    return {name for (name,) in db.execute("SELECT name FROM sqlite_schema")}


def test_a_renamed_table_keeps_its_rows_and_indexes(db: sqlite3.Connection) -> None:
    rename_tables(db, {"stock": "old_stock"})

    assert db.execute("SELECT stock FROM old_stock WHERE n = 1").fetchall() == [("tea",)]
    assert "stock_by_n" in str(db.execute("EXPLAIN QUERY PLAN SELECT * FROM old_stock WHERE n = 1").fetchall())
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        db.execute("SELECT * FROM stock")


def test_two_tables_can_swap_their_names(db: sqlite3.Connection) -> None:
    rename_tables(db, {"stock": "stock_new", "stock_new": "stock"})

    assert db.execute("SELECT count(*) FROM stock_new").fetchone() == (1,)
    assert db.execute("SELECT a FROM stock").fetchall() == []


def test_a_full_text_table_is_found_under_its_new_name_and_can_be_written(db: sqlite3.Connection) -> None:
    rename_tables(db, {"words": "speech"} | {f"words_{part}": f"speech_{part}" for part in FTS_PARTS})

    db.execute("INSERT INTO speech VALUES ('weak tea')")
    db.execute("INSERT INTO speech (speech) VALUES ('integrity-check')")
    assert db.execute("SELECT count(*) FROM speech WHERE speech MATCH 'tea'").fetchone() == (2,)


def test_a_rename_that_is_rolled_back_never_was(db: sqlite3.Connection) -> None:
    before = names(db)
    db.execute("BEGIN")
    rename_tables(db, {"stock": "old_stock"})
    db.execute("ROLLBACK")

    assert names(db) == before
    assert db.execute("SELECT count(*) FROM stock").fetchone() == (1,)


def test_a_renamed_table_can_be_renamed_again_and_dropped(db: sqlite3.Connection) -> None:
    rename_tables(db, {"stock": "stock__old"})
    rename_tables(db, {"stock__old": "stock"})
    db.execute("ALTER TABLE stock RENAME TO other")
    rename_tables(db, {"other": "stock"})
    db.execute("DROP TABLE stock")

    assert not {name for name in names(db) if name.startswith("stock_by")}


def test_a_name_that_breaks_the_schema_raises_at_once_and_is_rolled_back(db: sqlite3.Connection) -> None:
    before = names(db)
    db.execute("BEGIN")

    with pytest.raises(sqlite3.DatabaseError):
        rename_tables(db, {"stock": 'two "words'})
    db.execute("ROLLBACK")

    assert names(db) == before
    assert db.execute("SELECT count(*) FROM stock").fetchone() == (1,)


def test_a_projections_full_text_tables_are_named_with_all_they_consist_of() -> None:
    assert physical_names(Customers, "__old")["customers_fts_idx"] == "customers_fts__old_idx"
