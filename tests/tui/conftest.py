"""A real store in this process, and consoles on it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.api import Shop, serving, stocked


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """Two tills, three products, nobody who signs on."""
    async with serving(tmp_path) as opened:
        yield await stocked(opened)
