"""The small parts of the way up, each by itself."""

import asyncio

import pytest

from appliance.sync.claim import Life, read
from appliance.sync.comparing import sample
from appliance.sync.connection import LONGEST_PAUSE_SECONDS, pause
from appliance.sync.envelope import Envelopes, header
from appliance.sync.headquarters import StreamState, refusal
from appliance.sync.meeting import hollow, last_common
from appliance.sync.pace import Pace
from appliance.sync.state import Rate, SyncState
from appliance.sync.troubles import Doubt, HqFull, HqRefused, HqUnreachable, NoJetStream

RECORD = (
    b'{"position":7,"incarnation":2,"event_id":"0190","stream_id":"sale-1\\r\\nx: y","version":1,"type":"t",'
    b'"schema_version":1,"occurred_at":"2026-11-24T09:30:00Z","recorded_at":"","metadata":{"traceparent":"00-1"},'
    b'"data":{}}'
)


def test_an_event_carries_its_headers_and_nothing_smuggles_one_in() -> None:
    event = Envelopes("store-1", 2).of((7, "sale.completed", RECORD, b"\x01" * 32))

    lines = event.head.decode().split("\r\n")
    assert event.subject == b"stores.store-1.events.sale.completed"
    assert event.body is RECORD
    assert lines == [
        "NATS/1.0",
        "ce-specversion: 1.0",
        "ce-id: 0190",
        "ce-source: /stores/store-1",
        "ce-type: sale.completed",
        "ce-time: 2026-11-24T09:30:00Z",
        "ce-subject: sale-1  x: y",
        "ce-position: 7",
        f"ce-chainhash: {'01' * 32}",
        "ce-incarnation: 2",
        "content-type: application/json",
        "traceparent: 00-1",
        "",
    ]
    assert header("Nats-Batch-Commit", 1) == b"Nats-Batch-Commit: 1\r\n"


def test_what_an_event_says_is_not_read_on_its_way_up() -> None:
    unread = RECORD.replace(b'"data":{}', b'"data":{"event_id":"another","metadata":{"traceparent":"00-2"}}')

    event, expected = (Envelopes("store-1", 2).of((7, "t", record, b"\x01" * 32)) for record in (unread, RECORD))

    assert event.head == expected.head
    assert event.body is unread


@pytest.mark.parametrize("common", [0, 1, 2, 49, 99, 100])
async def test_the_last_common_event_is_found_by_halving(common: int) -> None:
    asked = []

    async def same(position: int) -> bool:
        asked.append(position)
        return position <= common

    assert await last_common(0, 100, same) == common
    assert len(asked) <= 7


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (StreamState(first=4, last=9, count=6, deleted=0, begins=4, atomic=True, subjects=()), ""),
        (StreamState(first=4, last=3, count=0, deleted=0, begins=4, atomic=True, subjects=()), ""),
        (StreamState(first=6, last=9, count=4, deleted=0, begins=4, atomic=True, subjects=()), "the first of them 6"),
        (StreamState(first=4, last=9, count=5, deleted=1, begins=4, atomic=True, subjects=()), "1 were deleted"),
    ],
)
def test_a_hollow_stream_is_told_by_its_own_account(state: StreamState, word: str) -> None:
    assert word in hollow(Life(2, 3), state)
    assert bool(word) == bool(hollow(Life(2, 3), state))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"err_code": 10071, "description": "wrong last sequence: 5"}, Doubt),
        ({"err_code": 10060, "description": "expected stream does not match"}, Doubt),
        ({"err_code": 10039, "description": "JetStream not enabled for account"}, NoJetStream),
        ({"err_code": 10047, "description": "insufficient storage resources available"}, HqFull),
        ({"err_code": 10077, "description": "maximum bytes exceeded"}, HqFull),
        ({"err_code": 1, "description": "what else"}, HqRefused),
    ],
)
def test_a_refusal_means_what_its_code_says(error: dict[str, object], kind: type[Exception]) -> None:
    assert type(refusal(error)) is kind


def test_pauses_grow_and_are_bounded_and_differ() -> None:
    assert max(pause(tries) for tries in range(200)) <= LONGEST_PAUSE_SECONDS
    assert pause(0) <= 0.1
    assert len({pause(9) for _ in range(20)}) > 1


def test_a_sample_has_both_ends_and_no_more_than_asked_for() -> None:
    assert sample(5, 4) == []
    assert sample(1, 3) == [1, 2, 3]
    found = sample(1, 1_000_000)
    assert (found[0], found[-1], len(found)) == (1, 1_000_000, 101)


def test_a_claim_that_cannot_be_read_is_none() -> None:
    assert read(b"") is None
    assert read(b"{") is None


def test_the_rate_is_that_of_late() -> None:
    now = [0.0]
    rate = Rate(lambda: now[0])
    for second in range(20):
        now[0] = float(second)
        rate.mark(second * 100)

    assert rate.now(1900) == pytest.approx(100)
    now[0] = 60.0
    assert rate.now(1900) == 0


async def test_a_drain_takes_a_fifth_while_tills_sell_and_all_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    now, slept = [10.0], []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    pace = Pace(lambda: now[0])
    for sold in (False, True):
        if sold:
            pace.sold()
        pace.begin()
        now[0] += 0.004
        await pace.breathe()
        now[0] += 0.001
        await pace.breathe()

    assert slept == [0, pytest.approx(0.016)]


def test_a_doubt_worries_nobody_and_a_trouble_stays_until_it_is_over() -> None:
    state = SyncState()
    trouble = HqUnreachable("nobody there")
    state.heard(trouble)
    state.heard(Doubt("something"))

    assert state.trouble is trouble
