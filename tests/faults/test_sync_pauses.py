"""Head office pauses, forgets and is cut off on the way down: every event and every command's effect is there once."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from appliance.hq.connection import connected
from tests.faults.support.scale import allowed, scaled
from tests.support.commanding import consumed, down, received, said, stocked
from tests.support.commanding import headquarters as head_office_of
from tests.support.head_office import HeadOffice
from tests.support.proxy import ANSWERS, BOTH, REQUESTS, Line
from tests.support.syncing import (
    STORE,
    assert_equal,
    at,
    drained,
    sell,
    selling_on,
    trouble_of,
    until,
)

pytestmark = [pytest.mark.faults, pytest.mark.timeout(allowed(300)), pytest.mark.usefixtures("impatient")]

STREAM = f"STORE_{STORE}_1"
WINDOW_SECONDS = 1.0
COMMANDS = 6


@pytest.mark.promise
async def test_a_server_that_stands_still_for_a_while(office: HeadOffice, tmp_path: Path) -> None:
    async with at(office, tmp_path / "data") as services:
        await sell(services, 500)
        await drained(services)
        assert office.natsd.process is not None
        office.natsd.process.send_signal(signal.SIGSTOP)
        try:
            sold = await selling_on(services, lambda: until(lambda: bool(trouble_of(services))), pause_s=0.01)
            await sell(services, 1500)
        finally:
            office.natsd.process.send_signal(signal.SIGCONT)
        await drained(services)

    assert sold > 0
    assert await assert_equal(office.server, tmp_path / "data") == 2000 + sold


@pytest.mark.promise
@pytest.mark.parametrize("batches", [True, False], ids=["batches", "pipeline"])
async def test_a_duplicate_window_of_a_second_and_pauses_beyond_it(
    office: HeadOffice, line: Line, tmp_path: Path, batches: bool
) -> None:
    async with connected(office.server) as js:
        now = (await js.ask(f"STREAM.INFO.{STREAM}", {}))["config"]
        window = {"duplicate_window": int(WINDOW_SECONDS * 1e9), "allow_atomic": batches}
        await js.ask(f"STREAM.UPDATE.{STREAM}", {**now, **window})
    async with at(office, tmp_path / "data", url=line.url) as services:
        await sell(services, 300)
        await drained(services)
        for _ in range(scaled(2)):
            line.lose(ANSWERS)  # head office has them, and we do not know
            await sell(services, 300)
            await asyncio.sleep(WINDOW_SECONDS + 0.2)  # the fault itself: it has forgotten their ids
            line.heal()
            await drained(services)

    assert await assert_equal(office.server, tmp_path / "data") == 300 + 300 * scaled(2)


async def flapping(line: Line) -> None:
    for _ in range(scaled(8)):
        await asyncio.sleep(0.2)
        line.reset()


async def swallowing(line: Line, lost: frozenset[str]) -> None:
    line.lose(lost)
    await asyncio.sleep(1.5)
    line.heal()


FAULTS: dict[str, Callable[[Line], Awaitable[None]]] = {
    "flapping": flapping,
    "black hole": partial(swallowing, lost=BOTH),
    "only acks": partial(swallowing, lost=REQUESTS),
    "only commands": partial(swallowing, lost=ANSWERS),
}


@pytest.mark.promise
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_commands_over_a_line_that_fails_have_their_effect_once(
    office: HeadOffice,
    line: Line,
    tmp_path: Path,
    fault: Callable[[Line], Awaitable[None]],
) -> None:
    data = tmp_path / "data"
    async with head_office_of(office) as hq, at(office, data, url=line.url) as services:
        await stocked(services)
        await drained(services)

        async def sending() -> None:
            for number in range(COMMANDS):
                await hq.send(received(f"c-{number}"))
                await hq.send(received(f"c-{number}"))  # once more, as a nervous head office does
                await asyncio.sleep(0.2)

        sold = await selling_on(services, lambda: _both(fault(line), sending()), pause_s=0.01)
        line.heal()
        await consumed(services, await hq.send(received("last")), 40.0)
        await drained(services)
        assert down(services).tally.refused == 0

    assert sold > 0
    transfers = [each["transfer_id"] for each in said(data, "stock.transferred")]
    assert transfers == [*(f"c-{number}" for number in range(COMMANDS)), "last"]
    await assert_equal(office.server, data)


async def _both(*works: Awaitable[None]) -> None:
    await asyncio.gather(*works)
