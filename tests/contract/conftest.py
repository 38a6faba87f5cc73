"""What contract tests may use: every kind of adapter in turn."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.outside import ADAPTERS, Tried


@pytest.fixture(params=list(ADAPTERS))
async def tried(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Tried]:
    """Adapters of one kind, with a provider behind them."""
    async with ADAPTERS[request.param](tmp_path) as found:
        yield found
