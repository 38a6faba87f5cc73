"""A backlog is read page by page: whole, in order, bounded in bytes, and one page ahead of what is sent."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.queries.pool import ROWS_A_LUMP, Pool
from appliance.sync.upstream_log import PAGE_BYTES, PAGE_EVENTS, Pages, page
from tests.support.stored_log import open_store, transaction

SMALL, LARGE = 2_500, 200
LARGE_BYTES = PAGE_BYTES // 40
WHOLE = SMALL + LARGE


@pytest.fixture
async def pool(tmp_path: Path) -> AsyncIterator[Pool]:
    db = open_store(tmp_path / "store.db")
    sizes = [2] * SMALL + [LARGE_BYTES] * LARGE
    with transaction(db):
        db.executemany(
            "INSERT INTO events (position, stream_id, version, type, record, hash)"
            " VALUES (?1, ?1, 1, 't', ?2, zeroblob(32))",
            [(position, "€" * (size // 3)) for position, size in enumerate(sizes, 1)],
        )
    db.close()
    async with Pool(tmp_path / "store.db") as opened:
        yield opened


async def test_pages_follow_on_each_other_to_the_end(pool: Pool) -> None:
    positions: list[int] = []
    async with Pages(pool) as pages:
        while len(positions) < WHOLE:
            rows = await pages.next(len(positions), WHOLE - len(positions))
            positions += [row[0] for row in rows]

    assert positions == [*range(1, WHOLE + 1)]


async def test_a_page_ends_by_its_events_or_by_its_bytes(pool: Pool) -> None:
    small, large = await page(pool, 0, WHOLE), await page(pool, SMALL, LARGE)

    assert len(small) == PAGE_EVENTS
    assert PAGE_BYTES <= sum(len(row[2]) for row in large) < PAGE_BYTES + ROWS_A_LUMP * LARGE_BYTES


async def test_a_page_holds_no_more_than_is_waiting(pool: Pool) -> None:
    assert [row[0] for row in await page(pool, 10, 3)] == [11, 12, 13]


async def test_who_goes_on_elsewhere_is_not_given_what_was_read_ahead(pool: Pool) -> None:
    async with Pages(pool) as pages:
        await pages.next(0, WHOLE)
        rows = await pages.next(7, WHOLE - 7)

    assert rows[0][0] == 8


async def test_leaving_ends_what_is_being_read_ahead(pool: Pool) -> None:
    before = asyncio.all_tasks()
    async with Pages(pool) as pages:
        await pages.next(0, WHOLE)
        assert asyncio.all_tasks() != before

    assert asyncio.all_tasks() == before
