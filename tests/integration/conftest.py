"""What integration tests may use."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.api import Shop, serving, stocked


@pytest.fixture
async def empty_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A store in which nothing has happened yet, and its HTTP application."""
    async with serving(tmp_path / "data") as shop:
        yield shop


@pytest.fixture
async def shop(empty_shop: Shop) -> Shop:
    """The same with two registers and three products."""
    return await stocked(empty_shop)
