"""Reading is cut off before it harms selling, and never leaves anything behind."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from appliance.errors import QueryTimedOut, ShuttingDown
from appliance.queries.pool import ROWS_A_LUMP, Pool
from tests.support.polling import wait_until
from tests.support.stored_log import open_store

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    open_store(tmp_path / "store.db").close()
    return tmp_path / "store.db"


async def test_a_query_that_takes_too_long_is_cut_off_and_named(path: Path) -> None:
    async with Pool(path, limit_s=0.05) as pool:
        with pytest.raises(QueryTimedOut) as cut:
            await pool.rows("endless", ENDLESS)

        assert cut.value.facts == {"query": "endless"}


async def test_a_connection_answers_on_after_its_query_was_cut_off(path: Path) -> None:
    async with Pool(path, readers=1, limit_s=0.05) as pool:
        with pytest.raises(QueryTimedOut):
            await pool.rows("endless", ENDLESS)

        assert await pool.row("one", "SELECT 1") == (1,)


async def test_a_caller_that_leaves_frees_its_connection(path: Path) -> None:
    async with Pool(path, readers=1, limit_s=30) as pool:
        asking = asyncio.create_task(pool.rows("endless", ENDLESS))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

        assert await asyncio.wait_for(pool.row("one", "SELECT 1"), 10) == (1,)


async def test_nothing_can_be_written_through_it(path: Path) -> None:
    async with Pool(path) as pool:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await pool.rows("write", "INSERT INTO settings VALUES ('a', 'b')")


async def test_more_queries_than_connections_take_turns(path: Path) -> None:
    async with Pool(path, readers=2) as pool:
        answers = await asyncio.gather(*(pool.row("n", "SELECT ?", (n,)) for n in range(20)))

    assert answers == [(n,) for n in range(20)]


async def test_closing_cuts_what_is_running_and_leaves_no_thread(path: Path) -> None:
    threads = threading.active_count()
    pool = Pool(path, limit_s=30)
    await pool.open()
    asking = asyncio.create_task(pool.rows("endless", ENDLESS))
    await asyncio.sleep(0)

    await pool.close()

    with pytest.raises(ShuttingDown):
        await asking
    with pytest.raises(ShuttingDown):
        await pool.rows("late", "SELECT 1")
    wait_until(lambda: threading.active_count() == threads)


async def test_a_pool_that_cannot_be_opened_leaves_no_thread(tmp_path: Path) -> None:
    threads = threading.active_count()

    with pytest.raises(sqlite3.OperationalError):
        await Pool(tmp_path / "nowhere.db").open()

    wait_until(lambda: threading.active_count() == threads)


async def test_the_time_of_every_query_is_told(path: Path) -> None:
    told: list[tuple[str, float]] = []
    async with Pool(path, observe=lambda name, seconds: told.append((name, seconds))) as pool:
        await pool.rows("one", "SELECT 1")

    assert [name for name, _ in told] == ["one"]
    assert told[0][1] >= 0


async def test_reading_until_there_is_enough_stops_at_the_lump_that_was_the_last(path: Path) -> None:
    count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    async with Pool(path, readers=1) as pool:
        endless = await pool.rows_until("count", lambda rows: rows[-1] >= (100,), count)
        short = await pool.rows_until("count", lambda _: False, f"{count} LIMIT 5")

        assert [row[0] for row in endless] == [*range(1, len(endless) + 1)]
        assert 100 <= len(endless) < 100 + ROWS_A_LUMP
        assert len(short) == 5


async def test_reading_on_and_on_is_cut_off_as_well_and_frees_the_connection(path: Path) -> None:
    async with Pool(path, readers=1, limit_s=0.05) as pool:
        with pytest.raises(QueryTimedOut):
            await pool.rows_until("endless", lambda _: False, ENDLESS)

        assert await pool.row("one", "SELECT 1") == (1,)
