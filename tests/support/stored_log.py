"""A log as it stands in a database: records, hashes, and the tables of the first migration."""

import sqlite3
from pathlib import Path

from appliance.application.ports import Recorded
from appliance.eventstore import codec
from appliance.eventstore.chain import GENESIS, link
from appliance.projections import states
from migrations import sql
from tests.support.folding import Log

NOW = "2026-11-22T09:00:00.000000Z"


def open_store(path: Path | str = ":memory:") -> sqlite3.Connection:
    """A writing connection to a new store: the log's tables, and those of every projection, empty."""
    db = sqlite3.connect(path, isolation_level=None, cached_statements=512)
    db.execute("PRAGMA journal_mode=WAL")
    db.executescript(sql("0001_log"))
    with transaction(db):
        states.prepare(db, NOW)
    return db


def open_reader(path: Path | str) -> sqlite3.Connection:
    """A reading connection as the scrub and `verify` have one."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    db.execute("PRAGMA query_only=ON")
    return db


class transaction:  # noqa: N801  reads as a statement
    """BEGIN IMMEDIATE ... COMMIT, rolled back on an error, as the writer does."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def __enter__(self) -> sqlite3.Connection:
        self.db.execute("BEGIN IMMEDIATE")
        return self.db

    def __exit__(self, kind: object, *_: object) -> None:
        self.db.execute("COMMIT" if kind is None else "ROLLBACK")


def store(db: sqlite3.Connection, log: Log) -> list[Recorded]:
    """Append what the log has beyond the database, without folding it; answers that."""
    head, previous = db.execute("SELECT position, hash FROM events ORDER BY position DESC LIMIT 1").fetchone() or (
        0,
        GENESIS,
    )
    added = log.events[head:]
    for each in added:
        record = record_of(each)
        previous = link(previous, record)
        db.execute(
            "INSERT INTO events (position, stream_id, version, type, record, hash) VALUES (?,?,?,?,?,?)",
            (each.position, each.stream_id, each.version, codec.NAMES[type(each.event)], record.decode(), previous),
        )
    return added


def record_of(each: Recorded) -> bytes:
    """The record of an event."""
    _, _, record = codec.encode_event(
        each.event,
        position=each.position,
        incarnation=each.incarnation,
        event_id=f"event-{each.position}",
        stream_id=each.stream_id,
        version=each.version,
        occurred_at=each.occurred_at,
        recorded_at=each.recorded_at,
        metadata=codec.encode_metadata({}),
    )
    return record
