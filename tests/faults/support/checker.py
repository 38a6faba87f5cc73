"""What must hold after any fault, checked from outside on the files alone.

Numbers are those of the project's list of invariants: I1 every acknowledged sale once and every unknown one at most
once, I2 positions, versions and hash chain, I3 every projection equal to a fold of the log, I8 a sound file.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from appliance.domain.events import RefundCompleted, SaleCompleted, SaleVoided, Sealed
from appliance.eventstore import codec
from appliance.eventstore.chain import GENESIS, link
from appliance.eventstore.vault import Vault
from appliance.projections import canonical, registry, states
from appliance.projections.base import Opener

Row = tuple[int, str, int, str, bytes, bytes]


class Violation(AssertionError):
    """An invariant does not hold."""


@dataclass
class Book:
    """What the log says, for holding it against a ledger."""

    length: int
    head: bytes
    sales: Counter[str] = field(default_factory=Counter)
    receipt_numbers: Counter[str] = field(default_factory=Counter)


def reader(database: Path) -> sqlite3.Connection:
    """A connection that sees the WAL as well."""
    return sqlite3.connect(database, isolation_level=None)


def check_log(db: sqlite3.Connection) -> Book:
    """I2: positions 1..n, versions 1..n in each stream, every hash; the type column says what the record says."""
    rows: Sequence[Row] = db.execute(
        "SELECT position, stream_id, version, type, CAST(record AS BLOB), hash FROM events ORDER BY position"
    ).fetchall()
    book, versions = Book(0, GENESIS), Counter[str]()
    for expected, (position, stream_id, version, name, record, digest) in enumerate(rows, 1):
        recorded = codec.decode(record)
        versions[stream_id] += 1
        said = (recorded.position, recorded.stream_id, recorded.version, recorded.type)
        if not (position, stream_id, version, name) == said == (expected, stream_id, versions[stream_id], name):
            message = f"I2: position {expected} holds {said} in row {(position, stream_id, version, name)}"
            raise Violation(message)
        book.head = link(book.head, record)
        if digest != book.head:
            message = f"I2: the chain breaks at position {position}"
            raise Violation(message)
        _enter(book, recorded.event)
    book.length = len(rows)
    return book


def _enter(book: Book, event: object) -> None:
    if isinstance(event, SaleCompleted):
        book.sales[event.tenders[0].reference or ""] += 1
    if isinstance(event, SaleCompleted | SaleVoided | RefundCompleted):
        book.receipt_numbers[event.receipt_number] += 1


def check_ledger(book: Book, acked: Iterable[str], unknown: Iterable[str]) -> None:
    """I1, and no receipt number twice."""
    acknowledged, uncertain = set(acked), set(unknown)
    missing = sorted(acknowledged - set(book.sales))
    if missing:
        message = f"I1: {len(missing)} acknowledged sale(s) are gone: {missing[:5]}"
        raise Violation(message)
    doubled = [reference for reference, times in book.sales.items() if times > 1]
    if doubled:
        message = f"I1: {len(doubled)} sale(s) are there twice: {doubled[:5]}"
        raise Violation(message)
    strangers = sorted(set(book.sales) - acknowledged - uncertain)
    if strangers:
        message = f"I1: {len(strangers)} sale(s) that nobody sent: {strangers[:5]}"
        raise Violation(message)
    twice = [number for number, times in book.receipt_numbers.items() if times > 1]
    if twice:
        message = f"I1: receipt numbers given twice: {twice[:5]}"
        raise Violation(message)


def check_projections(db: sqlite3.Connection, opener: Opener) -> None:
    """I3: the canonical dump of the live tables is that of a fold of the log into empty ones."""
    live = registry.live(states.folded(db))
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        for projection in live:
            registry.create_tables(fresh, projection)
        records = db.execute("SELECT CAST(record AS BLOB) FROM events ORDER BY position").fetchall()
        registry.fold(fresh, registry.dispatch(live), [codec.decode(record) for (record,) in records], opener)
        for ours, theirs in zip(canonical.dump(db, live), canonical.dump(fresh, live), strict=False):
            if ours != theirs:
                message = f"I3: a projection says {ours} where the log says {theirs}"
                raise Violation(message)
        if canonical.digest(db, live) != canonical.digest(fresh, live):
            raise Violation("I3: a projection has another number of rows than the log says")


def check_file(db: sqlite3.Connection) -> None:
    """I8: the file is sound."""
    found = db.execute("PRAGMA integrity_check").fetchall()
    if found != [("ok",)]:
        message = f"I8: integrity_check says {found[:3]}"
        raise Violation(message)


def check(data: Path, acked: Iterable[str], unknown: Iterable[str]) -> Book:
    """All of it, on a data directory that nobody has open."""
    vault = Vault(data / "keys.db")

    def opener(sealed: Sealed) -> dict[str, str] | None:
        return vault.open(sealed)

    with closing(reader(data / "store.db")) as db, closing(vault):
        check_file(db)
        book = check_log(db)
        check_ledger(book, acked, unknown)
        check_projections(db, opener)
    return book
