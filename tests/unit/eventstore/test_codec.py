import json
from typing import Any, get_args

import msgspec
import pytest

from appliance.domain import events as e
from appliance.eventstore import codec
from appliance.eventstore.codec import UnknownEvent, decode, encode_event, encode_metadata, upcast
from tests.support.every_event import EVERY

METADATA = {"command_id": "c-1", "correlation_id": "c-1"}


def encoded(event: e.Event, **fields: Any) -> bytes:
    facts: dict[str, Any] = {
        "position": 7,
        "incarnation": 1,
        "event_id": "e-7",
        "stream_id": "stock-tea",
        "version": 3,
        "occurred_at": "2026-11-22T09:30:00.000000Z",
        "recorded_at": "2026-11-22T09:30:00.000001Z",
        "metadata": encode_metadata(METADATA),
    }
    _, _, record = encode_event(event, **{**facts, **fields})
    return record


def with_schema_version(record: bytes, version: int) -> bytes:
    return record.replace(b'"schema_version":1', b'"schema_version":%d' % version)


def test_every_event_class_has_a_type_literal() -> None:
    assert set(codec.NAMES) == set(get_args(e.Event))


@pytest.mark.parametrize("name", EVERY)
def test_an_event_of_every_type_comes_back_as_it_went_in(name: str) -> None:
    recorded = decode(encoded(EVERY[name]))

    assert recorded.event == EVERY[name]
    assert recorded.type == name


def test_a_record_is_json_with_its_keys_in_the_order_of_the_contract() -> None:
    keys = list(json.loads(encoded(EVERY["stock.received"])))

    assert keys == [
        "position", "incarnation", "event_id", "stream_id", "version", "type", "schema_version",
        "occurred_at", "recorded_at", "metadata", "data",
    ]  # fmt: skip


def test_a_record_of_an_unknown_type_is_a_newer_program_s() -> None:
    record = encoded(EVERY["stock.received"]).replace(b"stock.received", b"stock.melted")

    with pytest.raises(UnknownEvent, match="newer program"):
        decode(record)


def test_a_record_of_a_later_version_of_a_type_is_a_newer_program_s() -> None:
    with pytest.raises(UnknownEvent, match="version 2 was written by a newer program"):
        decode(with_schema_version(encoded(EVERY["stock.received"]), 2))


def test_a_record_of_an_older_version_without_an_upcaster_is_refused() -> None:
    with pytest.raises(UnknownEvent, match="no upcaster"):
        decode(with_schema_version(encoded(EVERY["stock.received"]), 0))


@pytest.mark.parametrize("raw", [b"", b"{}", b"null", b"\xff\xfe", b'{"position": "7"}'])
def test_bytes_that_are_no_record_are_no_event(raw: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(raw)


def test_upcasters_lift_old_data_step_by_step() -> None:
    steps = {
        ("stock.received", 1): lambda data: {"product_id": data["sku"], "quantity": data["pieces"]},
        ("stock.received", 2): lambda data: {**data, "quantity": str(data["quantity"])},
    }

    event = upcast("stock.received", 1, {"sku": "tea", "pieces": 3}, steps, {"stock.received": (3, e.StockReceived)})

    assert event == e.StockReceived(product_id="tea", quantity="3")


def test_upcasting_begins_at_the_record_s_own_version() -> None:
    steps = {("stock.received", 2): lambda data: {**data, "reference": "lifted"}}

    event = upcast(
        "stock.received", 2, {"product_id": "tea", "quantity": "3"}, steps, {"stock.received": (3, e.StockReceived)}
    )

    assert event == e.StockReceived(product_id="tea", quantity="3", reference="lifted")
