"""Judging thousands of files that a cut left behind: each must be a prefix of the one true history, whole in itself.

The true history is read once from the undisturbed store; what every projection said after each position is worked
out once. A state then costs a few queries.
"""

import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.domain.events import CustomerRegistered
from appliance.eventstore import codec
from appliance.eventstore.head import HeadFile, HeadReading
from appliance.eventstore.identity import Identity
from appliance.eventstore.incarnation import Verdict, judge
from appliance.eventstore.vault import Vault
from appliance.projections import canonical, registry, states
from appliance.projections.base import Opener
from tests.faults.support.checker import Violation, reader

Row = tuple[Any, ...]

_EVENTS = "SELECT position, stream_id, version, type, CAST(record AS BLOB), hash FROM events ORDER BY position"
_RECEIPTS = "SELECT * FROM receipts ORDER BY scope, key"
_HOME = Identity("machine-a", 1, "")
_LAST_POSITION = 7


@dataclass(frozen=True)
class History:
    """What truly happened."""

    events: list[Row]
    views: list[list[list[Row]]]  # by position: the rows of every table of every projection
    selects: list[str]
    receipts: list[Row]
    keys: Mapping[int, str]  # position of customer.registered -> key id of the data sealed in it

    @classmethod
    def read(cls, data: Path) -> "History":
        """From the data directory of the store after it was stopped properly."""
        with closing(reader(data / "store.db")) as db:
            events = db.execute(_EVENTS).fetchall()
            receipts = db.execute(_RECEIPTS).fetchall()
        with closing(Vault(data / "keys.db")) as vault:
            selects, views = _folded(events, vault.open)
        return cls(events, views, selects, receipts, dict(_keys(events)))

    def receipts_until(self, position: int) -> list[Row]:
        """The receipts of all commands up to a position."""
        return [row for row in self.receipts if (row[_LAST_POSITION] or 0) <= position]


def _folded(events: list[Row], opener: Opener) -> tuple[list[str], list[list[list[Row]]]]:
    """How all views are read, and what they say after each position."""
    live = registry.live()
    wanting = registry.dispatch(live)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        for projection in live:
            registry.create_tables(db, projection)
        selects = view_selects(db)
        views = [rows_of(db, selects)]
        for event in events:
            registry.fold(db, wanting, [codec.decode(event[4])], opener)
            views.append(rows_of(db, selects))
    return selects, views


def view_selects(db: sqlite3.Connection) -> list[str]:
    """How every table of every view is read, in the order of its key."""
    shapes = [shape for projection in registry.live() for shape in canonical.shapes(db, projection)]
    return [f"{shape.select} {shape.order}" for shape in shapes]


def rows_of(db: sqlite3.Connection, selects: list[str]) -> list[list[Row]]:
    """What the tables say."""
    return [db.execute(select).fetchall() for select in selects]


def _keys(events: list[Row]) -> Iterator[tuple[int, str]]:
    for event in events:
        recorded = codec.decode(event[4]).event
        if isinstance(recorded, CustomerRegistered) and recorded.personal is not None:
            yield event[0], recorded.personal.key_id


def length_of(db: sqlite3.Connection) -> int:
    """How far the log goes; 0 where the cut came before there was one."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'projections'").fetchone():
        return 0
    length: int = db.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()[0]
    return length


def check_prefix(db: sqlite3.Connection, history: History) -> int:
    """The file holds the history up to some position: events, projections and receipts, to the byte; that position."""
    if db.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
        raise Violation("I8: the file is damaged")
    length = length_of(db)
    if length == 0:
        return 0
    if db.execute(_EVENTS).fetchall() != history.events[:length]:
        raise Violation("I2: the log is no prefix of what happened")
    if db.execute(_RECEIPTS).fetchall() != history.receipts_until(length):
        raise Violation("I1: the receipts are not those of the log")
    if rows_of(db, history.selects) != history.views[length]:
        raise Violation("I3: a projection is not the fold of the log")
    if {state.status for state in states.read(db).values()} != {states.LIVE}:
        raise Violation("I3: a projection is not live")
    return length


def check_keys(folder: Path, length: int, history: History) -> None:
    """The key to whatever is sealed in the log is there: it was durable before the event that needs it."""
    needed = {key_id for position, key_id in history.keys.items() if position <= length}
    if not needed:
        return
    with closing(sqlite3.connect(folder / "keys.db")) as db:
        lost = needed - {key_id for (key_id,) in db.execute("SELECT key_id FROM subject_keys")}
    if lost:
        message = f"{len(lost)} key(s) to what is sealed in the log are gone"
        raise Violation(message)


def verdict_on(folder: Path, db: sqlite3.Connection) -> Verdict | None:
    """What a start would make of it, the file itself being at home."""
    return judge(db, head_of(folder), _HOME, _HOME)


def head_of(folder: Path) -> HeadReading:
    """What the head file says."""
    if not (folder / "head").exists():
        return HeadReading(None, 0, missing=True)
    file = HeadFile(folder / "head")
    try:
        return file.read()
    finally:
        file.close()


@contextmanager
def laid_out(folder: Path, files: Mapping[str, bytes]) -> Iterator[None]:
    """The files, and only they, in a folder for a while."""
    for old in folder.iterdir():
        shutil.rmtree(old) if old.is_dir() else old.unlink()  # a start that migrates makes a folder for its backup
    for name, content in files.items():
        (folder / name).write_bytes(content)
    yield


def acknowledged(line: bytes) -> int:
    """The position in an answer that went out."""
    return int(line.split()[-1])
