"""Verifying a whole store: the chain and every view (`projections.scrub`), then receipts, snapshots and the head file.

The same run serves `backroom verify`, `POST /verify` and the background scrub; they differ only in how long they wait
between slices. Nothing here writes to the store.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from appliance.eventstore import log
from appliance.eventstore.connection import open_reader
from appliance.eventstore.head import HeadFile, HeadReading
from appliance.eventstore.receipts import row_checksum
from appliance.eventstore.store import Paths
from appliance.projections.base import Opener
from appliance.projections.scrub import Report, Scrub

Problem = dict[str, Any]
"""{kind, detail} and where it is: position, projection, rows, or key."""

RECEIPTS_A_SLICE = 500
STRUCTURES_NAMED = 5  # findings of SQLite's own check that are quoted

_RECEIPTS = """
    SELECT r.scope, r.key, r.command_id, r.fingerprint, r.status, r.ids, r.first_position, r.last_position,
        r.recorded_at, r.checksum, CAST(f.record AS BLOB), CAST(l.record AS BLOB)
    FROM receipts r
    LEFT JOIN events f ON f.position = r.first_position
    LEFT JOIN events l ON l.position = r.last_position
    WHERE (r.scope, r.key) > (?, ?) ORDER BY r.scope, r.key LIMIT ?
"""


class Verification:
    """One run, in slices on a read-only connection of its own. Close it, finished or not."""

    def __init__(self, paths: Paths, opener: Opener, scratch: str) -> None:
        self._paths = paths
        self._reading = _read_head(paths.head)
        self._db = open_reader(paths.database)
        self._scrub = Scrub(paths.data / scratch, opener)
        self._scrubbed = False
        self._after: tuple[str, str] | None = ("", "")
        self._problems: list[Problem] = []
        self.total: int = log.last(self._db).position

    @property
    def report(self) -> Report:
        """What the scrub of log and views found."""
        return self._scrub.report

    @property
    def fraction(self) -> float:
        """How much is done."""
        return self._scrub.fraction if not self._scrubbed else 1.0

    @property
    def problems(self) -> list[Problem]:
        """All that was found so far, the log's first."""
        return [*_of_report(self._scrub.report), *self._problems]

    def slice(self, budget_s: float) -> bool:
        """Go on for about so many seconds; True when everything has been looked at."""
        if not self._scrubbed:
            self._scrubbed = self._scrub.slice(self._db, budget_s)
            return False
        if self._after is not None:
            self._after = self._receipts(self._after)
            return False
        self._problems += _of_head(self._db, self._reading)
        return True

    def close(self) -> None:
        """Give the connections and the scratch database back."""
        self._scrub.close()
        self._db.close()

    def _receipts(self, after: tuple[str, str]) -> tuple[str, str] | None:
        try:
            rows = self._db.execute(_RECEIPTS, (*after, RECEIPTS_A_SLICE)).fetchall()
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            self._problems.append({"kind": "receipts", "detail": f"The receipts cannot be read: {error}"})
            return None
        for row in rows:
            self._problems += _of_receipt(row)
        return (rows[-1][0], rows[-1][1]) if len(rows) == RECEIPTS_A_SLICE else None


def _of_report(report: Report) -> Iterator[Problem]:
    if report.bad is not None:
        detail = f"The log does not hold at position {report.bad.position}: {report.bad.reason}."
        yield {"kind": "log", "position": report.bad.position, "detail": detail}
    if report.unfolded is not None:
        yield {"kind": "fold", "detail": f"The views cannot be compared: {report.unfolded}"}
    for name, findings in report.differing.items():
        rows = [asdict(each) for each in findings.rows]
        detail = f"{findings.count} row(s) of {name} are not what the log says."
        yield {"kind": "projection", "projection": name, "count": findings.count, "rows": rows, "detail": detail}
    for name, why in report.unreadable.items():
        yield {"kind": "projection", "projection": name, "detail": f"The tables of {name} cannot be read: {why}"}


def _of_receipt(row: Sequence[Any]) -> Iterator[Problem]:
    where = {"kind": "receipt", "scope": row[0], "key": row[1]}
    if row_checksum(row[:9]) != row[9]:
        yield where | {"detail": "A receipt was changed after it was written."}
        return
    command_id = f'"command_id":"{row[2]}"'.encode()
    for position, record in ((row[6], row[10]), (row[7], row[11])):
        if position is not None and (record is None or command_id not in record):
            yield where | {"position": position, "detail": "A receipt names an event that is not its command's."}


def _read_head(path: Path) -> HeadReading | None:
    """Read before the log: of an honest store the log can then only be ahead."""
    if not path.exists():
        return None
    file = HeadFile(path)
    try:
        return file.read()
    finally:
        file.close()


def _of_head(db: sqlite3.Connection, reading: HeadReading | None) -> Iterator[Problem]:
    if reading is None or reading.head is None:
        yield {
            "kind": "head",
            "detail": "There is no readable head file, so nothing proves that the log's end is whole.",
        }
        return
    head, end = reading.head, log.last(db).position
    if reading.damaged_slots:
        yield {"kind": "head", "detail": "A slot of the head file is damaged; the other one serves."}
    if head.position > end:
        detail = f"Position {head.position} was acknowledged, but the log ends at {end}."
        yield {"kind": "head", "position": end + 1, "detail": detail}
    elif log.hash_at(db, head.position) != head.hash:
        detail = f"The log does not hold what was acknowledged at position {head.position}."
        yield {"kind": "head", "position": head.position, "detail": detail}


def verify_at_rest(
    paths: Paths, opener: Opener, progress: Callable[[float], None], budget_s: float = 0.5
) -> list[Problem]:
    """Verify at full speed, SQLite's own structures included: for a store that nobody sells on."""
    try:
        with contextlib.closing(Verification(paths, opener, "verify.scratch")) as run:
            while not run.slice(budget_s):
                progress(run.fraction)
            progress(1.0)
            return [*run.problems, *_of_file(paths.database)]
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        return [{"kind": "database", "detail": f"The database cannot be read: {error}"}]


def _of_file(database: Path) -> Iterator[Problem]:
    """What SQLite finds in its own structures; one long read, so not beside selling."""
    with contextlib.closing(open_reader(database)) as db:
        found = [str(text) for (text,) in db.execute(f"PRAGMA integrity_check({STRUCTURES_NAMED})")]
    if found != ["ok"]:
        yield {"kind": "database", "detail": f"SQLite finds its file damaged: {'; '.join(found)}"}
