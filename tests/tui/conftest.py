"""A real store in this process, and consoles on it."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.api import Shop, serving, stocked
from tests.support.lived_in import Facts, lived_in, living
from tests.support.once import once, shared
from tests.support.retail import Months


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """Two tills, three products, nobody who signs on."""
    async with serving(tmp_path) as opened:
        yield await stocked(opened)


@pytest.fixture(scope="session")
def lived_in_once(nine_months: Months, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once a run; every test has a copy."""
    return once(shared(tmp_path_factory), "lived-in", lambda folder: lived_in(folder, nine_months))


@pytest.fixture
async def traded(lived_in_once: Path, nine_months: Months, tmp_path: Path) -> AsyncIterator[tuple[Shop, Facts]]:
    """A real retailer's nine months, orders under way and stuck, messages that gave up."""
    data = tmp_path / "traded"
    async with living(lived_in_once, nine_months, data) as found:
        yield found
    shutil.rmtree(data)  # 130 MB a test
