"""The reference consumer counts every event once, proves the chain, and keeps both tails of a fork."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from appliance.domain.events import StoreIncarnated
from appliance.eventstore.chain import link
from appliance.hq.connection import connected
from appliance.hq.consumer import Consumer, Unfit, prove
from appliance.hq.reading import Arrived
from appliance.hq.reporting import Moved, ReportingStore, Standing
from appliance.hq.resources import Life
from tests.support.every_event import EVERY
from tests.support.head_office import HeadOffice, head_office
from tests.support.upstream import Lifeline, sales

STORE = "store-a"
SALES = ("2026-11-22", "sales", "")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path, STORE) as found:
        yield found


@pytest.fixture
def reporting(tmp_path: Path) -> Iterator[ReportingStore]:
    with contextlib.closing(ReportingStore(tmp_path / "reporting.db")) as store:
        yield store


async def test_every_event_is_counted_once_however_often_it_is_looked_for(
    office: HeadOffice, reporting: ReportingStore
) -> None:
    line = Lifeline(Life(STORE))
    line.record(*EVERY.values(), *sales(9))
    async with connected(office.server) as js:
        await line.publish(js)
        consumer = Consumer(js, reporting)

        assert [await consumer.catch_up(), await consumer.catch_up()] == [line.position, 0]

    assert reporting.standing(line.life) == Standing(line.position, line.digest)
    assert reporting.days(STORE)[SALES] == (10, 4580, 0)


async def test_a_lost_stream_that_is_sent_again_counts_nothing_twice(
    office: HeadOffice, reporting: ReportingStore
) -> None:
    line = Lifeline(Life(STORE))
    line.record(*sales(5))
    async with connected(office.server) as js:
        await line.publish(js)
        consumer = Consumer(js, reporting)
        await consumer.catch_up()
        await js.ask(f"STREAM.DELETE.{line.life.stream}")
        await office.provision_on(js, line.life)
        await consumer.catch_up()
        line.record(*sales(2))
        await line.publish(js)

        assert await consumer.catch_up() == 2

    assert reporting.days(STORE)[SALES][0] == 7
    assert [kind for _, _, kind, _ in reporting.alarms(STORE)] == ["stream-behind"]


async def test_both_tails_of_a_fork_are_kept_and_counted(office: HeadOffice, reporting: ReportingStore) -> None:
    first = Lifeline(Life(STORE))
    first.record(*sales(3))
    second = Lifeline(Life(STORE, 2, 3), first.digest)
    first.record(*sales(4))  # sold after the backup that the second life was restored from
    second.record(EVERY["store.incarnated"], *sales(2))
    async with connected(office.server) as js:
        await first.publish(js)
        await office.provision_on(js, second.life)
        await second.publish(js)
        await Consumer(js, reporting).catch_up()

    assert reporting.standing(first.life) == Standing(7, first.digest)
    assert reporting.standing(second.life) == Standing(6, second.digest)
    assert reporting.days(STORE)[SALES][0] == 9
    assert reporting.alarms(STORE) == []


async def test_an_event_that_does_not_follow_is_never_counted(office: HeadOffice, reporting: ReportingStore) -> None:
    line = Lifeline(Life(STORE))
    line.record(*sales(3))
    record, digest, name = line.sent[2]
    line.sent[2] = (record.replace(b"till-1", b"till-2"), digest, name)
    async with connected(office.server) as js:
        await line.publish(js)
        await Consumer(js, reporting).catch_up()

    assert reporting.days(STORE)[SALES][0] == 2
    assert [(position, kind) for _, position, kind, _ in reporting.alarms(STORE)] == [(3, "broken-chain")]


async def test_a_life_whose_base_was_lost_is_counted_and_said_to_be_unproven(
    office: HeadOffice, reporting: ReportingStore
) -> None:
    line = Lifeline(Life(STORE, 2, 40), b"\x07" * 32)
    incarnated = cast("StoreIncarnated", EVERY["store.incarnated"])
    line.record(replace(incarnated, base_hash=line.digest.hex()), *sales(1))
    async with connected(office.server) as js:
        await office.provision_on(js, line.life)
        await line.publish(js)

        assert await Consumer(js, reporting).catch_up() == 2

    assert [kind for _, _, kind, _ in reporting.alarms(STORE)] == ["unproven-base"]


def test_two_consumers_of_one_file_cannot_count_the_same_event_twice(reporting: ReportingStore) -> None:
    life = Life(STORE)
    before = reporting.begin(life, bytes(32))
    reporting.count(life, before, Standing(1, b"\x01" * 32), [], {"sale.completed": 1})

    with pytest.raises(Moved):
        reporting.count(life, before, Standing(1, b"\x01" * 32), [], {"sale.completed": 1})


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda each: each._replace(sequence=2), "is missing"),
        (lambda each: each._replace(digest="00" * 32), "does not follow"),
        (lambda each: _again(each, b"not json"), "is no record"),
        (lambda each: _again(each, each.record.replace(b'"incarnation":1', b'"incarnation":2')), "says it is"),
    ],
)
def test_what_is_not_what_it_must_be_is_unfit(spoil: Callable[[Arrived], Arrived], why: str) -> None:
    line = Lifeline(Life(STORE))
    line.record(*sales(1))
    good = Arrived(1, line.digest.hex(), line.sent[0][0])

    with pytest.raises(Unfit, match=why):
        prove(line.life, Standing(0, bytes(32)), [spoil(good)])


def _again(arrived: Arrived, record: bytes) -> Arrived:
    return Arrived(arrived.sequence, link(bytes(32), record).hex(), record)
