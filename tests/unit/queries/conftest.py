"""A shop's store on disk, and a pool that reads it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.projections.live import LiveFold
from appliance.queries.pool import Pool
from tests.support.folding import Log, opener
from tests.support.shop import shop_log
from tests.support.stored_log import open_store, store, transaction


@pytest.fixture
def log() -> Log:
    """What happened in the shop; a test adds to it before it asks for `pool`."""
    return shop_log()


@pytest.fixture
async def pool(tmp_path: Path, log: Log) -> AsyncIterator[Pool]:
    """Readers of a store that holds the log."""
    path = tmp_path / "store.db"
    db = open_store(path)
    with transaction(db):
        LiveFold(opener)(db, store(db, log))
    async with Pool(path) as readers:
        yield readers
    db.close()
