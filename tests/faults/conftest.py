"""Whole appliances for the fault tests: forked fast, on a folder in memory, gone when the test is."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from appliance.sync import acks, connection, headquarters
from tests.faults.support.appliances import Nursery
from tests.faults.support.scale import SEED, in_memory
from tests.support.head_office import HeadOffice, head_office
from tests.support.proxy import Line
from tests.support.syncing import STORE


def pytest_report_header() -> str:
    """What to set to see the same again."""
    return f"faults: BACKROOM_FAULT_SEED={SEED}"


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with Nursery(tmp_path_factory.mktemp("nursery") / "said") as found:
        yield found


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with a short name: the control socket's path must fit into 108 bytes."""
    with in_memory() as found:
        yield found


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE) as found:
        yield found


@pytest.fixture
async def line(office: HeadOffice) -> AsyncIterator[Line]:
    async with Line(office.natsd.port) as found:
        yield found


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines of a second: what is tested is what happens then, and one test waits for the real ones."""
    monkeypatch.setattr(acks, "SILENT_SECONDS", 1.0)
    monkeypatch.setattr(headquarters, "ANSWER_SECONDS", 1.0)
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 1.0)
    monkeypatch.setattr(connection, "PING_SECONDS", 1)
