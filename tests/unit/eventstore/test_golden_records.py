"""Records as the first version wrote them. They are in stores out there: they must decode for ever."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.eventstore.chain import GENESIS, link
from appliance.eventstore.codec import TYPES, UnknownEvent, decode
from tests.support.golden import kind_of, missing, released

RECORDS = (Path(__file__).parents[2] / "fixtures" / "records-v1.jsonl").read_bytes().splitlines()
CHAIN_END = "c641bace59b30544bd44b5fd700adca0bb9e5caf382a3632ba053dc4e01f9f1c"
FIRST_TYPES = {
    "product.defined",
    "pricelist.staged",
    "pricelist.activated",
    "stock.received",
    "stock.counted",
    "stock.adjusted",
    "sale.completed",
    "sale.voided",
    "refund.completed",
    "register.added",
    "drawer.opened",
    "drawer.paid_in",
    "drawer.paid_out",
    "drawer.counted",
    "drawer.closed",
    "customer.registered",
    "customer.erased",
    "order.created",
    "order.cancelled",
    "store.incarnated",
}


def says(now: Any, then: Any) -> bool:
    """Whether everything that was said then is still said, in the same words; more may be."""
    if isinstance(then, dict):
        return isinstance(now, dict) and all(key in now and says(now[key], value) for key, value in then.items())
    if isinstance(then, list):
        return len(now) == len(then) and all(says(*pair) for pair in zip(now, then, strict=True))
    return bool(now == then)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: msgspec.json.decode(record)["type"])
def test_a_record_of_the_first_version_decodes_with_all_it_says(record: bytes) -> None:
    written: dict[str, Any] = msgspec.json.decode(record)

    recorded = decode(record)

    assert says(msgspec.to_builtins(recorded.event), written["data"])
    assert recorded.metadata == written["metadata"]
    envelope = {"position", "incarnation", "stream_id", "version", "type", "occurred_at", "recorded_at"}
    assert {name: getattr(recorded, name) for name in envelope} == {name: written[name] for name in envelope}


def test_the_golden_records_cover_every_type_of_the_first_version() -> None:
    assert {msgspec.json.decode(record)["type"] for record in RECORDS} == FIRST_TYPES


def test_no_type_of_the_first_version_was_taken_away() -> None:
    assert set(TYPES) >= FIRST_TYPES


def test_the_golden_records_hash_to_the_same_chain() -> None:
    end = GENESIS
    for record in RECORDS:
        end = link(end, record)

    assert end.hex() == CHAIN_END


RELEASED = [(version, record) for version, records in released().items() for record in records]


@pytest.mark.parametrize(
    ("version", "record"), RELEASED, ids=[f"{version}-{kind_of(record)[0]}" for version, record in RELEASED]
)
def test_a_record_of_every_released_version_decodes_with_all_it_says(version: str, record: bytes) -> None:
    written: dict[str, Any] = msgspec.json.decode(record)

    assert says(msgspec.to_builtins(decode(record).event), written["data"]), version


def test_every_type_of_event_has_a_golden_record() -> None:
    assert [name for name, _ in missing()] == [], "run: python -m tests.support.golden"


def test_a_field_that_was_taken_away_or_a_type_that_nobody_knows_any_more_is_noticed() -> None:
    record = next(record for _, record in RELEASED if kind_of(record)[0] == "stock.counted")
    written = msgspec.json.decode(record)
    now = msgspec.to_builtins(decode(record).event)
    del now["variance"]

    assert not says(now, written["data"])
    with pytest.raises(UnknownEvent):
        decode(record.replace(b"stock.counted", b"stock.numbered"))
