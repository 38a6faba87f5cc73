"""`hq compare` proves that a store equals head office, and finds whatever is otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from appliance.hq import reading
from appliance.hq.comparison import Comparison, compare
from appliance.hq.connection import JetStream, connected
from appliance.hq.resources import Life
from appliance.hq.store_side import Days, View
from tests.support.every_event import EVERY
from tests.support.head_office import HeadOffice, head_office
from tests.support.upstream import Lifeline, sales

STORE = "store-a"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path, STORE) as found:
        yield found


class Log:
    """A store's side with a log that a test wrote."""

    def __init__(self, records: Sequence[bytes], days: Days | None = None) -> None:
        self._records = records
        self._days = days

    async def view(self) -> View:
        return View(len(self._records), self._days)

    async def records(self, after: int, until: int) -> AsyncIterator[list[bytes]]:
        for start in range(after, until, 3):
            yield list(self._records[start : min(start + 3, until)])


def records(line: Lifeline) -> list[bytes]:
    return [record for record, _, _ in line.sent]


async def compared(js: JetStream, line: Lifeline, **view: Any) -> Comparison:
    return await compare(js, STORE, Log(records(line), **view))


async def test_equal_logs_are_proven_equal_with_their_days(office: HeadOffice) -> None:
    line = Lifeline(Life(STORE))
    line.record(*EVERY.values(), *sales(10))
    async with connected(office.server) as js:
        await line.publish(js)
        found = await compared(js, line, days={"2026-11-22": (11, 458 * 11 - 458 - 458)})

    assert (found.problems, found.until, found.behind, found.digest) == ([], line.position, 0, line.digest)
    assert (found.first, found.count) == (1, line.position)


async def test_a_server_without_batches_is_read_event_by_event(
    office: HeadOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCHES_SINCE", (99, 0))
    line = Lifeline(Life(STORE))
    line.record(*sales(150))
    async with connected(office.server) as js:
        await line.publish(js)
        found = await compared(js, line)

    assert (found.problems, found.until, found.digest) == ([], 150, line.digest)


async def test_what_is_still_to_come_is_no_difference(office: HeadOffice) -> None:
    line = Lifeline(Life(STORE))
    line.record(*sales(4))
    async with connected(office.server) as js:
        await line.publish(js)
        line.record(*sales(3))
        found = await compared(js, line)

    assert (found.equal, found.until, found.behind) == (True, 4, 3)


async def test_another_event_at_head_office_is_named_by_its_position(office: HeadOffice) -> None:
    line, forked = Lifeline(Life(STORE)), Lifeline(Life(STORE))
    line.record(*sales(5))
    forked.record(*sales(3), EVERY["register.added"], *sales(1))
    async with connected(office.server) as js:
        await forked.publish(js)
        found = await compared(js, line)

    assert found.problems == ["position 4 is another event at head office: the logs fork here"]


async def test_a_report_that_says_otherwise_is_found(office: HeadOffice) -> None:
    line = Lifeline(Life(STORE))
    line.record(*sales(2))
    async with connected(office.server) as js:
        await line.publish(js)
        found = await compared(js, line, days={"2026-11-22": (2, 917)})

    assert len(found.problems) == 1
    assert "the store's report says (2, 917)" in found.problems[0]


async def test_a_hollow_stream_is_found(office: HeadOffice) -> None:
    line = Lifeline(Life(STORE))
    line.record(*sales(6))
    async with connected(office.server) as js:
        await line.publish(js)
        config = (await js.ask(f"STREAM.INFO.{line.life.stream}"))["config"]
        await js.ask(f"STREAM.UPDATE.{line.life.stream}", {**config, "max_msgs": 4})
        found = await compared(js, line)

    assert "begins at 3 and not at 1" in found.problems[0]


async def test_both_lives_of_a_forked_store_are_compared_and_the_kept_tail_is_no_difference(office: HeadOffice) -> None:
    first = Lifeline(Life(STORE))
    first.record(*sales(3))
    second = Lifeline(Life(STORE, 2, 3), first.digest)
    own = records(first)
    first.record(*sales(4))
    second.record(EVERY["store.incarnated"], *sales(2))
    async with connected(office.server) as js:
        await first.publish(js)
        await office.provision_on(js, second.life)
        await second.publish(js)
        found = await compare(js, STORE, Log([*own, *records(second)]))

    assert (found.problems, found.until, found.digest) == ([], 6, second.digest)
    assert [each.tail for each in found.segments] == [4, 0]


@pytest.mark.parametrize("until", [2, 5])
async def test_a_position_can_be_named(office: HeadOffice, until: int) -> None:
    line = Lifeline(Life(STORE))
    line.record(*sales(4))
    async with connected(office.server) as js:
        await line.publish(js)
        found = await compare(js, STORE, Log(records(line)), until)

    assert found.equal is (until <= 4)
