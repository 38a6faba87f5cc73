"""Reading a record for the views alone: the same event, its lines added up instead of kept."""

import dataclasses
from typing import Any

import msgspec
import pytest

from appliance.domain.events import Event, SaleCompleted
from appliance.domain.line_sums import line_sums
from appliance.eventstore import codec, skim
from tests.support.golden import kind_of, released

RECORDS = [record for records in released().values() for record in records]


def said(event: Event) -> dict[str, Any]:
    """All that a view asks a sale's event, its lines apart."""
    found: dict[str, Any] = msgspec.to_builtins(event)
    found["tenders"] = [(each["type"], each["amount"], each["change"]) for each in found["tenders"]]
    return {name: value for name, value in found.items() if name not in {"lines", "price_override_reason"}}


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: kind_of(record)[0])
def test_what_is_read_is_the_event_but_for_a_sales_lines(record: bytes) -> None:
    whole, read = codec.decode(record), skim.read(record)

    if isinstance(whole.event, SaleCompleted):
        assert read.sums == line_sums(whole.event.lines)
        assert said(read.event) == said(whole.event)
        whole = dataclasses.replace(whole, event=read.event, data=b"")
    assert read == whole


def test_what_is_no_sale_is_none_whatever_it_says() -> None:
    record = next(each for each in RECORDS if kind_of(each)[0] == "stock.received")
    posing = record.replace(b'"stream_id":"', b'"stream_id":"\\"type\\":\\"sale.completed\\"', 1)

    assert skim.read(posing) == codec.decode(posing)
