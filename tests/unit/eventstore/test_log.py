import sqlite3
from collections.abc import Callable, Iterator

import pytest

import migrations
from appliance.eventstore import log
from appliance.eventstore.chain import GENESIS
from appliance.eventstore.head import Head
from tests.support.every_event import EVERY
from tests.unit.eventstore.test_codec import encoded


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    """A log of one event of every type, each in a stream of its own."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(migrations.sql("0001_log"))
    for position, (name, event) in enumerate(EVERY.items(), 1):
        stream = "customer-c-1" if name.startswith("customer") else f"stream-{position}"
        version = 2 if name == "customer.erased" else 1
        incarnation = 2 if name == "store.incarnated" else 1
        record = encoded(event, position=position, stream_id=stream, version=version, incarnation=incarnation)
        row = (position, stream, version, name, record.decode(), bytes([position]) * 32)
        connection.execute("INSERT INTO events VALUES (?,?,?,?,?,?)", row)
    yield connection
    connection.close()


@pytest.fixture
def empty() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.executescript(migrations.sql("0001_log"))
    yield connection
    connection.close()


def test_an_empty_log_ends_at_genesis(empty: sqlite3.Connection) -> None:
    assert log.last(empty) == Head(1, 0, GENESIS)


def test_the_end_names_incarnation_position_and_hash(db: sqlite3.Connection) -> None:
    assert log.last(db) == Head(2, len(EVERY), bytes([len(EVERY)]) * 32)


def test_the_hash_before_the_first_event_is_genesis_and_past_the_end_there_is_none(db: sqlite3.Connection) -> None:
    assert log.hash_at(db, 0) == GENESIS
    assert log.hash_at(db, 1) == bytes([1]) * 32
    assert log.hash_at(db, len(EVERY) + 1) is None


def test_events_are_read_by_position_with_both_ends(db: sqlite3.Connection) -> None:
    assert [each.position for each in log.between(db, 3, 5)] == [3, 4, 5]
    assert log.between(db, 100, 200) == []


def test_a_stream_is_read_past_a_version(db: sqlite3.Connection) -> None:
    assert [each.type for each in log.stream(db, "customer-c-1")] == ["customer.registered", "customer.erased"]
    assert [each.type for each in log.stream(db, "customer-c-1", after=1)] == ["customer.erased"]
    assert list(log.stream(db, "nobody")) == []


def test_a_stream_that_does_not_exist_is_at_version_zero(db: sqlite3.Connection) -> None:
    assert log.stream_version(db, "customer-c-1") == 2
    assert log.stream_version(db, "nobody") == 0


def test_the_erased_are_found_by_their_streams(db: sqlite3.Connection) -> None:
    assert log.erased_subjects(db) == ["c-1"]


@pytest.mark.parametrize("look", [log.last, log.erased_subjects], ids=["last", "erased_subjects"])
def test_what_every_start_looks_for_is_found_without_reading_the_log(
    db: sqlite3.Connection, look: Callable[[sqlite3.Connection], object]
) -> None:
    statements: list[str] = []
    db.set_trace_callback(statements.append)
    look(db)
    db.set_trace_callback(None)

    plans = [db.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall() for statement in statements]

    limited = [statement for statement in statements if "LIMIT 1" in statement and "type" not in statement]
    scans = [row for plan in plans for row in plan if row[3].startswith("SCAN")]
    assert len(scans) == len(limited)  # the end of the log itself is a scan backwards that stops at its first row
