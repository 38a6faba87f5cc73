"""The short way to read a sale takes what the long way takes, means the same by it, and leaves the rest to it."""

import json
from dataclasses import fields
from typing import Any

import pytest

from appliance.api import fast_sale
from appliance.application.commands import GivenTender, RungUpLine
from appliance.schemas.sales import RingUpSale

SALE: dict[str, Any] = {
    "register_id": "till-1",
    "client_ref": "42",
    "currency": "EUR",
    "lines": [{"product_id": "tea", "quantity": "2"}, {"barcode": "4006381333931", "unit_price": "0.001"}],
    "tenders": [{"type": "card", "amount": 500, "reference": "A1", "offline": True}],
    "operator": "anna",
}


def body(**changes: Any) -> bytes:
    return json.dumps(SALE | changes).encode()


def test_both_ways_read_the_same_sale() -> None:
    short, long = fast_sale.read(body()), RingUpSale.model_validate_json(body())

    assert short is not None
    assert [(each.product_id, each.barcode, each.quantity, each.unit_price) for each in short.lines] == [
        (each.product_id, each.barcode, each.quantity, each.unit_price) for each in long.lines
    ]
    assert [(each.type, each.amount, each.reference, each.offline) for each in short.tenders] == [
        (each.type, each.amount, each.reference, each.offline) for each in long.tenders
    ]
    alone = set(type(long).model_fields) - {"lines", "tenders"}
    assert {name: getattr(short, name) for name in alone} == {name: getattr(long, name) for name in alone}


@pytest.mark.parametrize(("wire", "command"), [(fast_sale.Line, RungUpLine), (fast_sale.Tender, GivenTender)])
def test_a_part_read_the_short_way_has_every_field_of_the_commands(wire: type, command: type) -> None:
    assert {each.name for each in fields(command)} <= set(dir(wire))


@pytest.mark.parametrize(
    "changes",
    [
        {"unknown": 1},
        {"lines": []},
        {"lines": [{"product_id": "tea", "quantity": 2}]},
        {"lines": [{"product_id": "tea", "price": "1"}]},
        {"lines": [{"product_id": "tea", "discounts": [{"kind": "amount", "amount": 1}]}]},
        {"lines": [{"product_id": "t" * 65}]},
        {"tenders": [{"type": "cash", "amount": 1.5}]},
        {"tenders": [{"type": "cash", "amount": True}]},
        {"tenders": [{"type": "cash", "amount": "500"}]},
        {"tenders": [{"type": "shells", "amount": 500}]},
        {"currency": "EUROEUROEURO"},
        {"register_id": None},
    ],
)
def test_what_is_out_of_the_ordinary_is_left_to_the_long_way(changes: dict[str, Any]) -> None:
    assert fast_sale.read(body(**changes)) is None


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"register_id": "\\ud800"}', b"NaN"])
def test_what_is_no_sale_at_all_is_left_to_the_long_way(raw: bytes) -> None:
    assert fast_sale.read(raw) is None
