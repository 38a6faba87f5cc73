"""Who says that an answer of some age will do gets the last one that was made; nobody else does."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from appliance.api.reply import Reply
from appliance.api.shared import MOST_KEPT, MOST_SECONDS, Shared, wanted_age
from appliance.errors import QueryTimedOut


class Reports:
    """A handler that counts, and waits to be let go where it is held."""

    def __init__(self) -> None:
        self.asked = 0
        self.now = 0.0
        self.breaks = False
        self.let_go = asyncio.Event()
        self.let_go.set()
        self.shared = Shared(self._handle, lambda: self.now)

    async def _handle(self, _: Any) -> Reply:
        self.asked += 1
        await self.let_go.wait()
        if self.breaks:
            raise QueryTimedOut("cut off")
        return Reply(b"%d" % self.asked)

    def read(self, cache_control: bytes | None, query: bytes = b"") -> Any:
        headers = {} if cache_control is None else {b"cache-control": cache_control}
        call: Any = SimpleNamespace(headers=headers, scope={"query_string": query})
        return self.shared(call)


async def test_without_a_word_every_reader_is_answered_from_the_store() -> None:
    reports = Reports()

    assert [(await reports.read(given)).body for given in (None, b"no-cache", b"max-age=0")] == [b"1", b"2", b"3"]


async def test_an_answer_young_enough_is_given_again_and_says_its_age() -> None:
    reports = Reports()
    first = await reports.read(b"max-age=2")
    reports.now = 1.5
    second = await reports.read(b"max-age=2")
    third = await reports.read(b"max-age=1")

    assert [each.body for each in (first, second, third)] == [b"1", b"1", b"2"]
    assert [dict(each.headers)[b"age"] for each in (first, second, third)] == [b"0", b"1", b"0"]


async def test_readers_that_come_together_wait_for_one_answer() -> None:
    reports = Reports()
    reports.let_go.clear()
    reading = [asyncio.ensure_future(reports.read(b"max-age=1")) for _ in range(30)]
    await asyncio.sleep(0)
    reports.let_go.set()

    assert {(await each).body for each in reading} == {b"1"}
    assert reports.asked == 1


async def test_who_leaves_takes_nobody_s_answer_along() -> None:
    reports = Reports()
    reports.let_go.clear()
    leaving, staying = (asyncio.ensure_future(reports.read(b"max-age=1")) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    reports.let_go.set()

    assert (await staying).body == b"1"


async def test_a_refusal_goes_to_all_who_wait_and_to_nobody_later() -> None:
    reports = Reports()
    reports.breaks = True
    for reading in [asyncio.ensure_future(reports.read(b"max-age=1")) for _ in range(2)]:
        with pytest.raises(QueryTimedOut):
            await reading
    reports.breaks = False

    assert (await reports.read(b"max-age=1")).body == b"2"


async def test_another_question_has_another_answer_and_there_are_only_so_many() -> None:
    reports = Reports()
    for number in range(3 * MOST_KEPT):
        assert (await reports.read(b"max-age=1", b"date=%d" % number)).body == b"%d" % (number + 1)

    assert len(reports.shared._made) <= MOST_KEPT


@pytest.mark.parametrize(
    ("given", "age"),
    [
        (None, 0), (b"", 0), (b"max-age=3", 3), (b"no-transform, max-age=2", 2), (b"max-age=99999", MOST_SECONDS),
        (b"s-max-age=5", 0), (b"max-age=-1", 0), (b"max-age=1x", 0), (b"max-age=" + b"9" * 5000, 0),
    ],
)  # fmt: skip
def test_the_age_is_read_as_http_has_it(given: bytes | None, age: int) -> None:
    assert wanted_age(given) == age
