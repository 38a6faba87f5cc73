"""Looks a store over from outside: disk, clock, SQLite, file rights, lock, head and keys; each finding with a fix.

It reads files and asks the kernel, never the store's own process: it works whether that runs, hangs or is gone.
"""

from __future__ import annotations

import contextlib
import errno
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from appliance.access.pins import pepper_id
from appliance.errors import DatabaseUnusable, DataDirectoryInUse
from appliance.eventstore import log
from appliance.eventstore.certificate import describe
from appliance.eventstore.checkpoints import OVERDUE_BYTES
from appliance.eventstore.clock import Clock, rfc3339
from appliance.eventstore.connection import open_reader, open_writer
from appliance.eventstore.head import HeadFile
from appliance.eventstore.lock import DataDirectoryLock
from appliance.eventstore.store import Paths

OK, WARN, BAD = "ok", "warn", "bad"

MIB = 1024 * 1024
LEAST_FREE_BYTES = 200 * MIB  # a day of sales, a checkpoint and a backup of a small store
LITTLE_FREE_BYTES = 2 * 1024 * MIB
MOST_WAL_BYTES = 64 * MIB
SOON = timedelta(days=30)
FIRST_YEAR, LAST_YEAR = 2025, 2100  # a box without a battery clock starts in 1970
OLDEST_SQLITE = (3, 37, 0)  # STRICT tables
WAL_RESET_FIXED = (3, 51, 3)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination; `fix` says what to do where there is anything to do."""

    check: str
    status: str
    detail: str
    fix: str = ""

    def as_json(self) -> dict[str, Any]:
        """The finding as plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked over, and what tells the time there."""

    paths: Paths
    clock: Clock
    synchronised: Callable[[], bool | None]
    answers: bool  # whether the control socket does
    own_certificate: Path | None = None
    own_pepper: Path | None = None

    @property
    def certificate(self) -> Path:
        """The certificate in force."""
        return self.own_certificate or self.paths.certificate

    @property
    def pepper(self) -> Path:
        """The pepper in force."""
        return self.own_pepper or self.paths.pepper


def examine(patient: Patient) -> list[Finding]:
    """All findings, in the order of CHECKS."""
    return [finding for check in CHECKS for finding in check(patient)]


def worst(findings: Iterable[Finding]) -> str:
    """The worst status among the findings."""
    found = {each.status for each in findings}
    return next((status for status in (BAD, WARN) if status in found), OK)


def _store(patient: Patient) -> Iterator[Finding]:
    paths = patient.paths
    if paths.database.exists():
        yield Finding("store", OK, f"{paths.database}, {paths.database.stat().st_size / MIB:.1f} MiB")
    else:
        yield Finding("store", WARN, f"There is no store in {paths.data} yet.", "Start one: backroom run")


def _room(patient: Patient) -> Iterator[Finding]:
    place = next(each for each in (patient.paths.data, *patient.paths.data.parents) if each.exists())
    free = shutil.disk_usage(place).free
    text = f"{free / MIB:,.0f} MiB free"
    if free < LEAST_FREE_BYTES:
        yield Finding("disk", BAD, text, "Free some space now: selling stops when the disk is full.")
    elif free < LITTLE_FREE_BYTES:
        yield Finding("disk", WARN, text, "Free some space soon, or give the data directory a larger disk.")
    else:
        yield Finding("disk", OK, text)


def _wal(patient: Patient) -> Iterator[Finding]:
    path = patient.paths.wal
    size = path.stat().st_size if path.exists() else 0
    text = f"write-ahead log {size / MIB:.1f} MiB"
    if size > MOST_WAL_BYTES:
        fix = "Something reads the database for a long time and keeps the log from being cleared: stop it."
        yield Finding("wal", BAD, text, fix)
    elif size > OVERDUE_BYTES:
        yield Finding("wal", WARN, text, "It should shrink within a minute; if not, restart the store.")
    else:
        yield Finding("wal", OK, text)


def _clock(patient: Patient) -> Iterator[Finding]:
    now = patient.clock()
    last = _last_recorded(patient.paths)
    if not FIRST_YEAR <= now.year <= LAST_YEAR:
        yield Finding("clock", BAD, f"The clock says {now:%Y-%m-%d}.", "Set it: timedatectl set-time, then check NTP.")
    elif last is not None and rfc3339(now) < last:
        fix = "Set the clock; until then sales are dated before ones that happened earlier."
        yield Finding("clock", BAD, f"The clock says {rfc3339(now)}, but the last event is of {last}.", fix)
    else:
        yield Finding("clock", OK, rfc3339(now))
    yield _time_service(patient.synchronised())


def _time_service(synchronised: bool | None) -> Finding:
    if synchronised:
        return Finding("time service", OK, "The clock is kept right by a time service.")
    if synchronised is None:
        return Finding("time service", WARN, "The system does not say who keeps the clock.", "Run chrony or ntpd.")
    return Finding("time service", WARN, "Nobody keeps the clock right.", "Turn on NTP: timedatectl set-ntp true")


def _sqlite(_: Patient) -> Iterator[Finding]:
    found = sqlite3.sqlite_version_info
    text = f"SQLite {sqlite3.sqlite_version}"
    if found < OLDEST_SQLITE:
        yield Finding("sqlite", BAD, f"{text} is too old.", "Use a Python that is linked with SQLite 3.40 or newer.")
    elif found < WAL_RESET_FIXED:
        yield Finding("sqlite", OK, f"{text}; its WAL-reset bug cannot strike: one connection writes and checkpoints.")
    else:
        yield Finding("sqlite", OK, text)


def _settings(patient: Patient) -> Iterator[Finding]:
    """Whether the settings that durability rests on take on this very file system."""
    if not patient.paths.data.is_dir():
        return
    try:
        with tempfile.TemporaryDirectory(dir=patient.paths.data, prefix=".doctor-") as folder:
            open_writer(Path(folder) / "probe.db").close()
    except (DatabaseUnusable, sqlite3.Error, OSError) as error:
        if _is_full(error):
            yield Finding("durability", WARN, "There is no room to try it out.", "Free some space, and look again.")
            return
        fix = "Keep the data directory on a local disk with a file system such as ext4 or xfs."
        yield Finding("durability", BAD, f"WAL with synchronous=FULL does not take here: {error}", fix)
    else:
        yield Finding("durability", OK, "journal_mode=wal and synchronous=FULL take on this disk")


def _is_full(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_FULL or getattr(error, "errno", None) in {errno.ENOSPC, errno.EDQUOT}


def _rights(patient: Patient) -> Iterator[Finding]:
    paths = patient.paths
    wanted = ((paths.data, 0o700), *((path, 0o600) for path in _files(paths)))
    wrong = []
    for path, mode in wanted:
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & ~mode:
            wrong.append((path, mode))
            found = f"{stat.S_IMODE(path.stat().st_mode):04o}"
            yield Finding("rights", WARN, f"{path.name} can be opened by others ({found}).", f"chmod {mode:o} {path}")
    if not wrong:
        yield Finding("rights", OK, "only the store's own user can open its files")


def _files(paths: Paths) -> list[Path]:
    return [
        paths.database,
        paths.wal,
        paths.keys,
        paths.head,
        paths.identity,
        paths.pepper,
        paths.certificate_key,
        paths.data / "lock",
    ]


def _process(patient: Patient) -> Iterator[Finding]:
    process = _lock_holder(patient.paths)
    if process is None:
        yield Finding("process", OK, "no process has the store open")
    elif patient.answers:
        yield Finding("process", OK, f"process {process} runs the store and answers")
    else:
        text = f"process {process} has the store open, but its control socket does not answer"
        yield Finding("process", WARN, text, f"Wait for a command line to end, or restart: kill {process}")


def _head(patient: Patient) -> Iterator[Finding]:
    if not patient.paths.database.exists():
        return
    if not patient.paths.head.exists():
        yield Finding("head", BAD, "There is no head file.", "Run: backroom verify. The next start writes a new one.")
        return
    file = HeadFile(patient.paths.head)
    reading = file.read()
    file.close()
    # The head file was read first and is written last: an honest log can only be ahead of it.
    end = _log_end(patient.paths)
    if reading.head is None:
        yield Finding("head", BAD, "The head file is not readable.", "Run: backroom verify")
    elif end is not None and reading.head.position > end:
        text = f"{reading.head.position} was acknowledged, but the log ends at {end}: the disk lost the rest."
        yield Finding("head", BAD, text, "Run: backroom verify. Replace the disk, restore, and compare with receipts.")
    elif reading.damaged_slots:
        yield Finding("head", WARN, "One slot of the head file is damaged.", "Run: backroom verify; watch the disk.")
    else:
        yield Finding("head", OK, f"position {reading.head.position}, incarnation {reading.head.incarnation}")


def _keys(patient: Patient) -> Iterator[Finding]:
    path = patient.paths.keys
    if not path.exists():
        if patient.paths.database.exists():
            text = "keys.db is missing: sealed personal data cannot be read."
            yield Finding("keys", BAD, text, "Put it back from the latest backup before the next start.")
        return
    try:
        with contextlib.closing(open_reader(path)) as db:
            keys = db.execute("SELECT count(*) FROM subject_keys").fetchone()[0]
    except sqlite3.Error as error:
        yield Finding("keys", BAD, f"keys.db cannot be read: {error}", "Put it back from the latest backup.")
    else:
        yield Finding("keys", OK, f"{keys} keys of personal data")


def _findings(patient: Patient) -> Iterator[Finding]:
    rows = _select(patient.paths, "SELECT found_at, kind, detail FROM findings WHERE resolved_at IS NULL ORDER BY id")
    for found_at, kind, detail in rows:
        yield Finding("finding", WARN, f"{found_at} {kind}: {detail}", "Run: backroom verify")


def _pins(patient: Patient) -> Iterator[Finding]:
    rows = _select(patient.paths, "SELECT pepper_id, count(*) FROM operator_pins GROUP BY pepper_id")
    if not rows:
        return
    try:
        present = pepper_id(patient.pepper.read_bytes())
    except OSError as error:
        fix = "Put the file back, or set the PINs anew: backroom operator set-pin ID"
        yield Finding("pins", BAD, f"The pepper of the PINs cannot be read: {error}", fix)
        return
    lost = sum(count for found, count in rows if found != present)
    if lost:
        text = f"{lost} PINs were made with another pepper and let nobody in."
        yield Finding("pins", BAD, text, "Put the former pepper file back, or set them anew: backroom operator set-pin")
    else:
        yield Finding("pins", OK, f"{sum(count for _, count in rows)} operators can sign on")


def _certificate(patient: Patient) -> Iterator[Finding]:
    path = patient.certificate
    if not path.exists():
        yield Finding("certificate", OK, "none yet; one is made when the store first runs")
        return
    try:
        found = describe(path)
    except (OSError, ValueError) as error:
        fix = f"Put a PEM certificate there, or remove {path}: selling on this machine goes on meanwhile."
        yield Finding("certificate", BAD, f"{path} cannot be read: {error}", fix)
        return
    text = f"SHA-256 {found.fingerprint}, until {found.not_after:%Y-%m-%d}"
    if found.expired(patient.clock() + SOON):
        yield Finding("certificate", WARN, text, f"Replace {path} and its key, then restart; tills must learn it.")
    else:
        yield Finding("certificate", OK, text)


CHECKS: tuple[Callable[[Patient], Iterator[Finding]], ...] = (
    _store,
    _room,
    _wal,
    _clock,
    _sqlite,
    _settings,
    _rights,
    _process,
    _head,
    _keys,
    _pins,
    _certificate,
    _findings,
)
"""In the order of the report."""


def _lock_holder(paths: Paths) -> str | None:
    if not (paths.data / "lock").exists():
        return None
    try:
        DataDirectoryLock(paths.data).release()
    except DataDirectoryInUse as held:
        return str(held.facts["process"])
    return None


def _last_recorded(paths: Paths) -> str | None:
    rows = _select(paths, "SELECT json_extract(record, '$.recorded_at') FROM events ORDER BY position DESC LIMIT 1")
    return str(rows[0][0]) if rows else None


def _log_end(paths: Paths) -> int | None:
    try:
        with contextlib.closing(open_reader(paths.database)) as db:
            return log.last(db).position
    except sqlite3.Error:
        return None


def _select(paths: Paths, sql: str) -> list[tuple[Any, ...]]:
    """Rows, or none where the database cannot be read: another check says so."""
    if not paths.database.exists():
        return []
    try:
        with contextlib.closing(open_reader(paths.database)) as db:
            return db.execute(sql).fetchall()
    except sqlite3.Error:
        return []
