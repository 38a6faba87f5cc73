"""Pages put together for writing: nothing that came is lost to a line that breaks, and memory stays bounded."""

from collections.abc import AsyncGenerator

import pytest

from appliance.sync.headquarters import Held
from appliance.sync.refetching import LUMP, LUMP_BYTES, lumps
from appliance.sync.troubles import HqSilent


def page(first: int, count: int, size: int = 1) -> list[Held]:
    return [Held(position, b"x" * size, "") for position in range(first, first + count)]


async def arriving(*pages: list[Held], trouble: Exception | None = None) -> AsyncGenerator[list[Held], None]:
    for each in pages:
        yield each
    if trouble is not None:
        raise trouble


async def test_pages_are_written_together_and_the_last_ones_too() -> None:
    pages = [page(first, LUMP // 2) for first in range(1, 2 * LUMP, LUMP // 2)] + [page(2 * LUMP + 1, 3)]

    found = [each async for each in lumps(arriving(*pages))]

    assert [len(each) for each in found] == [LUMP, LUMP, 3]
    assert [each.position for lump in found for each in lump] == list(range(1, 2 * LUMP + 4))


async def test_large_events_are_not_gathered_in_memory() -> None:
    found = [each async for each in lumps(arriving(page(1, 1, LUMP_BYTES), page(2, 1, LUMP_BYTES)))]

    assert [len(each) for each in found] == [1, 1]


async def test_what_came_before_the_line_broke_is_handed_out_before_that_is_said() -> None:
    found = lumps(arriving(page(1, 5), trouble=HqSilent("cut")))

    assert len(await anext(found)) == 5
    with pytest.raises(HqSilent):
        await anext(found)
