"""What every test may use."""

import platform
import socket
import sqlite3
from pathlib import Path

import pytest

from tests.support.fault_summary import OUTCOMES, table

REPOSITORY = Path(__file__).resolve().parent.parent
RETAIL_FOLDER = REPOSITORY.parent / "shared" / "data" / "online-retail"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what decides most about a store's behaviour: the SQLite that Python is linked with.

    At the end, since a quiet run prints no header.
    """
    stats = terminalreporter.stats
    for line in table(report for outcome in OUTCOMES for report in stats.get(outcome, ())):
        terminalreporter.write_line(line)
    python, machine = platform.python_version(), platform.machine()
    terminalreporter.write_line(f"backroom: SQLite {sqlite3.sqlite_version}, Python {python}, {machine}")


@pytest.fixture(scope="session")
def retail_csv() -> list[Path]:
    """The real retailer's months, oldest first; a test that needs them is skipped where they are absent."""
    files = sorted(RETAIL_FOLDER.glob("*.csv.xz"))
    if not files:
        pytest.skip("the retail data is not here: expected ../shared/data/online-retail/*.csv.xz")
    return files


@pytest.fixture
def free_port() -> int:
    """A loopback port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
