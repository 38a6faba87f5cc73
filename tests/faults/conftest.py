"""Whole appliances for the fault tests: forked fast, on a folder in memory, gone when the test is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.support.appliances import Nursery
from tests.faults.support.scale import SEED, in_memory


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
