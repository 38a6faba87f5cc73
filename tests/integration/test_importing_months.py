"""A real retailer's months through the store: all of them, and with the process killed in the middle."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.support.scale import SCALE
from tests.support.command_line import Backroom, backroom_in
from tests.support.polling import wait_until
from tests.support.retail import Months

ALL_MONTHS = {
    "files": 9,
    "rows_read": 320_705,
    "rows_booked": 320_702,
    "rows_rejected": 3,
    "rejected": {"book_debt_adjustment": 3},
    "invoices": 13_902,
    "refunds": 2_554,
    "already_booked": 0,
    "file_total": 576_193_138,
    "rejected_total": -1_106_206,
    "store_total": 577_299_344,
    "other_total": 0,
    "balanced": True,
}
AGAIN = max(1, min(9, round(2 * SCALE)))  # months of the second run; all nine by BACKROOM_FAULT_SCALE=5


@pytest.fixture
def backroom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backroom:
    return backroom_in(tmp_path, capsys)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_nine_months_balance_to_the_penny_and_a_second_run_books_nothing(
    backroom: Backroom, retail_csv: list[Path], nine_months: Months
) -> None:
    nine_months.copy(backroom.data)
    booked = log_length(backroom.data)
    again = backroom.answer("import", "sales", *retail_csv[-AGAIN:])

    assert nine_months.answer == ALL_MONTHS
    assert again["already_booked"] == again["invoices"] + again["refunds"] > 0
    assert again["balanced"]
    assert log_length(backroom.data) == booked + 1  # that the copy began a new life
    assert backroom.answer("verify")["status"] == "clean"


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_import_killed_again_and_again_ends_in_the_same_store(backroom: Backroom, retail_csv: list[Path]) -> None:
    month = retail_csv[1]
    undisturbed = backroom.on("undisturbed")
    total = undisturbed.answer("import", "sales", month)["invoices"]
    kills = sorted(random.Random(2011).sample(range(total), 4))

    for events in kills:
        kill_when_there_are(events, backroom, month)
    found = backroom.answer("import", "sales", month)

    assert found["balanced"]
    assert 0 < found["already_booked"] < found["invoices"] + found["refunds"]
    assert backroom.ok("dump").out == undisturbed.ok("dump").out
    assert backroom.answer("verify")["status"] == "clean"


def kill_when_there_are(events: int, backroom: Backroom, month: Path) -> None:
    """Run an import in a process of its own, and kill that with -9 once the log holds so many events."""
    arguments = backroom.given("import", "sales", month)
    with subprocess.Popen(
        [sys.executable, "-m", "appliance", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        wait_until(lambda: process.poll() is not None or log_length(backroom.data) > events, deadline_s=60)
        assert process.poll() is None, "the import ended before it could be killed"
        os.kill(process.pid, signal.SIGKILL)


def log_length(data: Path) -> int:
    """How many events another process has committed so far."""
    try:
        with sqlite3.connect(f"file:{data / 'store.db'}?mode=ro", uri=True) as db:
            return int(db.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
