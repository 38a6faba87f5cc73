"""What every test may use."""

import gc
import logging
import platform
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from structlog.stdlib import ProcessorFormatter

from appliance.observability.logs import QUIETER
from tests.support.fault_summary import OUTCOMES, table
from tests.support.once import once, shared
from tests.support.picking import left_out
from tests.support.retail import Months, imported
from tests.support.second_chance import refuse_promise, unsteady

REPOSITORY = Path(__file__).resolve().parent.parent
RETAIL_FOLDER = REPOSITORY.parent / "shared" / "data" / "online-retail"


def pytest_configure() -> None:
    """No example fails because the machine was busy with something else."""
    settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("unhurried")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Read no file of which nothing is wanted."""
    return True if left_out(collection_path, config.option.markexpr) else None


def pytest_collection_finish() -> None:
    """What stands for the whole run is left out of every collection of garbage: a tenth of the time of a run."""
    gc.collect()
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Some tests must not fail even once."""
    refuse_promise(item)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what decides most about a store's behaviour: the SQLite that Python is linked with.

    At the end, since a quiet run prints no header.
    """
    stats = terminalreporter.stats
    for line in table(report for outcome in OUTCOMES for report in stats.get(outcome, ())):
        terminalreporter.write_line(line)
    for line in unsteady(stats.get("passed", ())):
        terminalreporter.write_line(line, yellow=True, bold=True)
    python, machine = platform.python_version(), platform.machine()
    terminalreporter.write_line(f"backroom: SQLite {sqlite3.sqlite_version}, Python {python}, {machine}")


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """A store that a test ran in this process logs to the stderr of that test, which is closed when it has ended."""
    loggers = [logging.getLogger(name) for name in (None, *QUIETER)]
    levels = [each.level for each in loggers]
    handlers = set(loggers[0].handlers)
    yield
    for handler in set(loggers[0].handlers) - handlers:
        if isinstance(handler.formatter, ProcessorFormatter):
            loggers[0].removeHandler(handler)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture(scope="session")
def retail_csv() -> list[Path]:
    """The real retailer's months, oldest first; a test that needs them is skipped where they are absent."""
    files = sorted(RETAIL_FOLDER.glob("*.csv.xz"))
    if not files:
        pytest.skip("the retail data is not here: expected ../shared/data/online-retail/*.csv.xz")
    return files


@pytest.fixture(scope="session")
def nine_months(retail_csv: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Months:
    """All of them in a store, imported once a run: it takes most of a minute."""
    return Months(once(shared(tmp_path_factory), "nine-months", lambda folder: imported(folder, retail_csv)))


@pytest.fixture
def free_port() -> int:
    """A loopback port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
