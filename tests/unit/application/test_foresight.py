"""What a group's commands ask for first is looked up for all of them at once, and only where that is safe."""

from collections.abc import Hashable, Sequence
from typing import Any

import pytest

from appliance.application.commands import AddRegister, RingUpSale
from appliance.application.foresight import foresee
from appliance.application.receipts import ReceiptKey


class Ahead:
    def __init__(self) -> None:
        self.receipts: Sequence[tuple[str, str]] = ()
        self.selected: list[Any] = []
        self.known: dict[tuple[Hashable, ...], Any] = {}

    def expect_receipts(self, keys: Sequence[tuple[str, str]]) -> None:
        self.receipts = keys

    def select(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        del sql
        self.selected += parameters
        return [("till-1", "b-1", "sale", "s-1")]

    def know(self, key: tuple[Hashable, ...], value: Any) -> None:
        self.known[key] = value


def sale(client_ref: str | None) -> RingUpSale:
    return RingUpSale(sale_id="s", register_id="till-1", client_ref=client_ref, currency="EUR", lines=())


def test_receipts_and_references_are_looked_up_for_all_who_wait() -> None:
    group = Ahead()
    foresee(group, [(sale("b-1"), ReceiptKey("till", "k-1", b"")), (sale("b-2"), ReceiptKey("till", "k-2", b""))])

    assert group.receipts == [("till", "k-1"), ("till", "k-2")]
    assert group.known == {("client_ref", "till-1", "b-1"): ("sale", "s-1"), ("client_ref", "till-1", "b-2"): None}


@pytest.mark.parametrize("client_ref", [None, "Kasse-ü", "a\x00b", "\ud800"])
def test_a_reference_that_json_might_spell_otherwise_is_left_to_its_command(client_ref: str | None) -> None:
    group = Ahead()
    foresee(group, [(sale(client_ref), None)])

    assert (group.selected, group.known) == ([], {})


def test_a_command_without_key_or_reference_asks_for_nothing() -> None:
    group = Ahead()
    foresee(group, [(AddRegister(register_id="till-1", name="Till"), None)])

    assert (group.receipts, group.selected) == ((), [])
