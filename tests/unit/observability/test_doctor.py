"""The doctor's findings, on a healthy store and on sick ones."""

import contextlib
import os
import sqlite3
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.access.pins import pepper_id
from appliance.eventstore.certificate import VALID, Pair, ensure
from appliance.eventstore.clock import rfc3339
from appliance.eventstore.head import Head, HeadFile
from appliance.eventstore.lock import DataDirectoryLock
from appliance.eventstore.store import Paths
from appliance.observability import doctor
from appliance.observability.clock_state import synchronised
from appliance.observability.doctor import BAD, OK, WARN, Finding, Patient, examine, worst
from tests.support.stores import NOW, appending, opened


@pytest.fixture
def store(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    before = os.umask(0o077)
    try:
        with opened(data) as opened_store:
            opened_store.writer.call(appending())
    finally:
        os.umask(before)
    return data


def findings(
    data: Path, now: datetime = NOW, synchronised: bool | None = True, answers: bool = False
) -> dict[str, Finding]:
    found = examine(Patient(Paths(data), lambda: now, lambda: synchronised, answers))
    return {each.check: each for each in found}


def test_a_healthy_store_has_nothing_wrong_with_it(store: Path) -> None:
    found = findings(store)

    assert {each.check: each.detail for each in found.values() if each.status == BAD} == {}
    assert found["head"].status == OK
    assert found["keys"].status == OK
    assert found["rights"].status == OK
    assert found["durability"].status == OK
    assert found["process"].detail == "no process has the store open"


def test_whatever_is_not_well_comes_with_a_fix(tmp_path: Path) -> None:
    for each in findings(tmp_path / "nothing", datetime(1970, 1, 1, tzinfo=UTC), synchronised=False).values():
        assert bool(each.fix) == (each.status != OK)


def test_looking_changes_nothing(store: Path) -> None:
    before = contents(store)

    findings(store)

    assert contents(store) == before


def contents(store: Path) -> dict[str, bytes]:
    """Every file but the lock, which holds the number of the process that looked last, and SQLite's scratch files."""
    scratch = ("lock", "store.db-shm", "store.db-wal")
    return {path.name: path.read_bytes() for path in store.iterdir() if path.name not in scratch}


def test_a_directory_without_a_store_is_said_to_be_one(tmp_path: Path) -> None:
    assert findings(tmp_path / "nothing")["store"].status == WARN


@pytest.mark.parametrize(("free", "status"), [(10, BAD), (500, WARN), (100_000, OK)])
def test_a_disk_is_judged_by_what_is_free(store: Path, monkeypatch: pytest.MonkeyPatch, free: int, status: str) -> None:
    monkeypatch.setattr("appliance.observability.doctor.shutil.disk_usage", lambda _: _Usage(free * doctor.MIB))

    assert findings(store)["disk"].status == status


class _Usage:
    def __init__(self, free: int) -> None:
        self.free = free


@pytest.mark.parametrize(("mebibytes", "status"), [(1, OK), (50, WARN), (65, BAD)])
def test_a_write_ahead_log_that_grows_is_noticed(tmp_path: Path, mebibytes: int, status: str) -> None:
    with (tmp_path / "store.db-wal").open("wb") as wal:
        wal.truncate(mebibytes * doctor.MIB)

    assert findings(tmp_path)["wal"].status == status


@pytest.mark.parametrize("year", [1970, 2024, 2101])
def test_a_clock_that_cannot_be_right_is_bad(store: Path, year: int) -> None:
    assert findings(store, datetime(year, 1, 1, tzinfo=UTC))["clock"].status == BAD


def test_a_clock_behind_the_last_event_is_bad(store: Path) -> None:
    assert findings(store, NOW - timedelta(days=1))["clock"].detail.endswith(f"{rfc3339(NOW)}.")


@pytest.mark.parametrize(("kept", "status"), [(True, OK), (False, WARN), (None, WARN)])
def test_a_clock_nobody_keeps_is_a_warning(store: Path, kept: bool | None, status: str) -> None:
    assert findings(store, synchronised=kept)["time service"].status == status


def test_the_kernel_can_be_asked_about_the_clock() -> None:
    assert synchronised() in {True, False, None}


def test_files_that_others_can_open_are_named_with_the_command_that_closes_them(store: Path) -> None:
    (store / "keys.db").chmod(0o644)

    found = findings(store)["rights"]

    assert (found.status, found.fix) == (WARN, f"chmod 600 {store / 'keys.db'}")


def test_a_running_store_is_told_from_one_that_hangs(store: Path) -> None:
    lock = DataDirectoryLock(store)
    try:
        assert findings(store, answers=True)["process"].status == OK
        assert findings(store, answers=False)["process"].status == WARN
    finally:
        lock.release()


def test_a_log_that_ends_before_what_was_acknowledged_is_bad(store: Path) -> None:
    head = HeadFile(store / "head")
    head.read()
    head.write(Head(1, 99, bytes(32)))
    head.close()

    assert findings(store)["head"].status == BAD


def test_a_missing_or_torn_head_file_is_noticed(store: Path) -> None:
    with (store / "head").open("r+b") as head:
        head.write(struct.pack("<8s", b"garbage!"))
    torn = findings(store)["head"].status
    (store / "head").unlink()

    assert (torn, findings(store)["head"].status) in {(WARN, BAD), (BAD, BAD)}


def test_missing_keys_are_bad(store: Path) -> None:
    (store / "keys.db").unlink()

    assert findings(store)["keys"].status == BAD


def test_a_keys_file_that_is_none_is_bad(store: Path) -> None:
    (store / "keys.db").write_bytes(b"no database at all, and longer than a header would be" * 100)

    assert findings(store)["keys"].status == BAD


def test_what_earlier_checks_found_is_repeated_until_somebody_has_seen_to_it(store: Path) -> None:
    with sqlite3.connect(store / "store.db") as db:
        db.execute("INSERT INTO findings(found_at, kind, subject, detail) VALUES ('now', 'damaged-log', 'log', 'sad')")

    assert "sad" in findings(store)["finding"].detail


def test_the_worst_finding_decides() -> None:
    assert worst([Finding("a", OK, ""), Finding("b", WARN, ""), Finding("c", BAD, "")]) == BAD
    assert worst([Finding("a", OK, ""), Finding("b", WARN, "")]) == WARN
    assert worst([]) == OK


def test_pins_that_were_made_with_another_pepper_are_found(store: Path) -> None:
    paths = Paths(store)
    paths.pepper.write_bytes(b"p" * 32)
    paths.pepper.chmod(0o600)
    keep_pin(paths, pepper_id(b"p" * 32))
    well = findings(store)["pins"]
    paths.pepper.write_bytes(b"q" * 32)
    changed = findings(store)["pins"]
    paths.pepper.unlink()

    assert (well.status, changed.status, findings(store)["pins"].status) == (OK, BAD, BAD)


def keep_pin(paths: Paths, found: str) -> None:
    with contextlib.closing(sqlite3.connect(paths.database)) as db:
        db.execute("INSERT INTO operator_pins VALUES ('anna', 'hash', ?, '')", (found,))
        db.commit()


@pytest.mark.parametrize(
    ("later", "status"), [(timedelta(0), OK), (VALID - timedelta(days=9), WARN), (VALID * 2, WARN)]
)
def test_a_certificate_that_ends_is_told_of_in_time(store: Path, later: timedelta, status: str) -> None:
    ensure(Pair(Paths(store).certificate, Paths(store).certificate_key), "store-1", NOW)

    found = findings(store, NOW + later)["certificate"]

    assert found.status == status
    assert "SHA-256" in found.detail


def test_a_certificate_that_is_none_is_found(store: Path) -> None:
    Paths(store).certificate.write_text("nothing")

    assert findings(store)["certificate"].status == BAD
