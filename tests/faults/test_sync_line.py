"""The line to head office fails in every way a line can; afterwards its stream is the log, and selling went on."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from tests.faults.support.scale import allowed, dice, scaled
from tests.support.commanding import PriceList, consumed, received, recorded, said, stocked
from tests.support.commanding import headquarters as head_office_of
from tests.support.head_office import HeadOffice
from tests.support.proxy import ANSWERS, BOTH, REQUESTS, Line
from tests.support.syncing import assert_equal, at, drained, sell, selling_on, trouble_of, until, upstream

pytestmark = [pytest.mark.faults, pytest.mark.timeout(allowed(300))]

FLAPS = 8
CUTS = 12


def _taken_since(line: Line, taken: int) -> bool:
    return line.taken > taken


async def refused(line: Line) -> None:
    line.refuses = True
    line.reset()
    taken = line.taken
    await until(lambda: line.taken > taken + 2)


async def was_reset(line: Line) -> None:
    for _ in range(3):
        taken = line.taken
        line.reset()
        await until(partial(_taken_since, line, taken))


async def flapping(line: Line) -> None:
    for _ in range(scaled(FLAPS)):
        await asyncio.sleep(0.2)  # the fault itself, and no waiting for it
        line.reset()


async def cut_in_mid_message(line: Line) -> None:
    draws = dice("cut")
    for _ in range(scaled(CUTS)):
        taken = line.taken
        line.cut_after(draws.randrange(1, 30_000))
        await until(partial(_taken_since, line, taken))


@pytest.mark.promise
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", [refused, was_reset, flapping, cut_in_mid_message])
async def test_a_line_that_breaks(
    office: HeadOffice, line: Line, tmp_path: Path, fault: Callable[[Line], Awaitable[None]]
) -> None:
    async with at(office, tmp_path / "data", url=line.url) as services:
        await sell(services, 500)
        await drained(services)
        sold = await selling_on(services, lambda: fault(line))
        await sell(services, 1500)
        line.heal()
        await drained(services)

    assert sold > 0
    assert await assert_equal(office.server, tmp_path / "data") == 2000 + sold


@pytest.mark.promise
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("lost", [BOTH, ANSWERS, REQUESTS], ids=["black hole", "only answers", "only requests"])
async def test_a_line_that_swallows(office: HeadOffice, line: Line, tmp_path: Path, lost: frozenset[str]) -> None:
    async with at(office, tmp_path / "data", url=line.url) as services:
        await sell(services, 500)
        await drained(services)
        line.lose(lost)
        sold = await selling_on(services, lambda: until(lambda: bool(trouble_of(services))), pause_s=0.02)
        await sell(services, 1500)
        line.heal()
        await drained(services)

    assert sold > 0
    assert await assert_equal(office.server, tmp_path / "data") == 2000 + sold


async def test_a_line_that_flaps_fills_no_log(
    office: HeadOffice, line: Line, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with at(office, tmp_path / "data", url=line.url) as services:
        await sell(services, 10)
        await drained(services)
        for _ in range(12):
            taken = line.taken
            line.reset()
            await until(partial(_taken_since, line, taken))
        await sell(services, 10)
        await drained(services)

    said = [each.getMessage() for each in caplog.records if each.name == "backroom.sync"]
    assert len(said) == len(set(said))


THIS_YEAR = str(datetime.now(UTC).year).encode()
STAMPS = (b'"created":"', b'"ts":"', b'"first_ts":"', b'"last_ts":"', b'"time":"', b"Nats-Time-Stamp: ")


async def test_a_server_whose_clock_stands_in_another_year_changes_nothing(
    office: HeadOffice, line: Line, tmp_path: Path
) -> None:
    """No process can be given a clock of its own here, so its words are changed on the way: nothing goes by them."""
    line.rewrite = {stamp + THIS_YEAR: stamp + b"1999" for stamp in STAMPS}
    data = tmp_path / "data"
    async with head_office_of(office) as hq:
        for round_number in range(2):
            async with at(office, data, url=line.url) as services:
                if not round_number:
                    await stocked(services)
                await sell(services, 200)
                await consumed(services, await hq.send(received(f"c-{round_number}")))
                await hq.prices(PriceList(f"w{round_number}", [{"product_id": "tea", "price": "1.99"}]))
                await recorded(data, "pricelist.activated", round_number + 1)
                await drained(services)
                assert (await upstream(services).compare()).equal

    assert len(said(data, "stock.transferred")) == 2
    await assert_equal(office.server, data)


async def test_a_black_hole_is_noticed_within_fifteen_seconds_on_an_idle_line_too(
    office: HeadOffice, line: Line, tmp_path: Path
) -> None:
    async with at(office, tmp_path / "data", url=line.url) as services:
        await sell(services, 10)
        await drained(services)
        line.lose(BOTH)
        await until(lambda: upstream(services).link.session is None, 15.0)
        line.heal()
        await sell(services, 10)
        await drained(services)

    assert await assert_equal(office.server, tmp_path / "data") == 20


@pytest.mark.usefixtures("impatient")
async def test_a_stop_while_the_line_swallows_everything_takes_no_longer_than_it_may(
    office: HeadOffice, line: Line, tmp_path: Path
) -> None:
    async with asyncio.timeout(30):
        async with at(office, tmp_path / "data", url=line.url) as services:
            await sell(services, 10)
            await drained(services)
            line.lose(BOTH)
            await sell(services, 3000)
        line.heal()
        async with at(office, tmp_path / "data", url=line.url) as services:
            await drained(services)

    assert await assert_equal(office.server, tmp_path / "data") == 3010
