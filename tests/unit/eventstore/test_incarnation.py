"""Every verdict on a log at start."""

import sqlite3

import pytest

import migrations
from appliance.eventstore.chain import GENESIS
from appliance.eventstore.head import Head, HeadReading
from appliance.eventstore.identity import Identity
from appliance.eventstore.incarnation import Verdict, judge
from tests.support.every_event import EVERY
from tests.unit.eventstore.test_codec import encoded

HOME = Identity("machine-a", 11, "mark")
LENGTH = 5


def digest(position: int) -> bytes:
    return bytes([position]) * 32 if position else GENESIS


def log_of_length(length: int) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    db.executescript(migrations.sql("0001_log"))
    record = encoded(EVERY["stock.received"]).decode()
    for position in range(1, length + 1):
        row = (position, "stock-tea", position, "stock.received", record, digest(position))
        db.execute("INSERT INTO events VALUES (?,?,?,?,?,?)", row)
    return db


def at(position: int) -> HeadReading:
    return HeadReading(Head(1, position, digest(position)), damaged_slots=0, missing=False)


def verdict(
    length: int = LENGTH, reading: HeadReading | None = None, then: Identity | None = HOME, now: Identity = HOME
) -> Verdict | None:
    return judge(log_of_length(length), reading or at(length), then, now)


def test_a_log_that_ends_where_it_was_acknowledged_lives_on() -> None:
    assert verdict() is None


def test_a_crash_between_commit_and_head_write_costs_no_life() -> None:
    assert verdict(reading=at(LENGTH - 1)) is None


def test_a_crash_after_the_very_first_commit_costs_no_life() -> None:
    assert verdict(length=1, reading=at(0)) is None


def test_one_damaged_slot_costs_no_life() -> None:
    assert verdict(reading=HeadReading(at(LENGTH - 1).head, damaged_slots=1, missing=False)) is None


@pytest.mark.parametrize("reading", [HeadReading(None, 0, missing=True), at(0)])
def test_an_empty_log_is_at_the_start_of_its_first_life_wherever_it_lies(reading: HeadReading) -> None:
    assert verdict(length=0, reading=reading, then=None) is None
    assert verdict(length=0, reading=reading, then=HOME, now=Identity("machine-b", 12, "")) is None


@pytest.mark.parametrize("length", [0, 1, LENGTH])
def test_a_log_shorter_than_its_head_was_cut(length: int) -> None:
    found = verdict(length, at(LENGTH + 2))

    assert found is not None
    assert (found.cause, found.lost_after, found.lost_until) == ("cut", length, LENGTH + 2)
    assert f"{LENGTH + 2 - length} acknowledged" in found.detail


def test_another_log_under_the_head_has_diverged() -> None:
    found = verdict(reading=HeadReading(Head(1, 3, b"x" * 32), damaged_slots=0, missing=False))

    assert found is not None
    assert found.cause == "diverged"


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        (HeadReading(None, damaged_slots=0, missing=True), "is missing"),
        (HeadReading(None, damaged_slots=2, missing=False), "is damaged in both slots"),
    ],
)
def test_without_a_head_nothing_proves_that_the_log_is_whole(reading: HeadReading, words: str) -> None:
    found = verdict(reading=reading)

    assert found is not None
    assert found.cause == "head-lost"
    assert words in found.detail


@pytest.mark.parametrize(
    ("then", "now", "words"),
    [
        (None, HOME, "Nothing says"),
        (HOME, Identity("machine-b", 11, "mark"), "another machine"),
        (HOME, Identity("machine-a", 12, "mark"), "copied or restored"),
        (HOME, Identity("machine-a", 11, ""), "copied or restored"),
        (HOME, Identity("machine-a", 11, "other"), "copied or restored"),
    ],
)
def test_a_log_away_from_home_is_a_copy(then: Identity | None, now: Identity, words: str) -> None:
    found = verdict(then=then, now=now)

    assert found is not None
    assert found.cause == "copied"
    assert words in found.detail


def test_a_lost_tail_is_told_before_a_move() -> None:
    found = verdict(reading=at(LENGTH + 1), then=None)

    assert found is not None
    assert found.cause == "cut"
