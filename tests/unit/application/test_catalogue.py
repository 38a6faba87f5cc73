"""Given products and price lists, when they change, then the next sale knows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from appliance.application import facts
from appliance.application.commands import LoadPriceList, RungUpLine
from appliance.domain import refusals as r
from appliance.domain.events import ListPrice, PriceListActivated, PriceListStaged
from appliance.errors import StaleVersion
from tests.support.fake_uow import NOON, FakeUnitOfWork, Store, product, shop
from tests.support.rung_up import sale


@pytest.fixture
def store() -> Store:
    return shop()


def price_list(version: str, *, hours: float = 0, **prices: Any) -> LoadPriceList:
    rows = tuple(ListPrice(product_id=product_id, price=price) for product_id, price in prices.items())
    return LoadPriceList(version=version, valid_from=NOON + timedelta(hours=hours), prices=rows)


def price_of(store: Store, number: list[int], **context: Any) -> tuple[str, str]:
    number.append(len(number))
    line = store.event(sale(f"s-{len(number)}", tea="1"), **context).lines[0]
    return line.unit_price, line.price_list


def test_a_price_list_is_in_force_from_its_time(store: Store) -> None:
    sold: list[int] = []
    assert price_of(store, sold) == ("2.50", "product")

    store.given(price_list("winter", hours=1, tea="2.2"))

    assert price_of(store, sold) == ("2.50", "product")
    assert price_of(store.later(hours=1), sold) == ("2.20", "winter")


def test_lists_loaded_one_after_another_take_effect_without_a_restart(store: Store) -> None:
    sold: list[int] = []
    for number in range(5):
        store.given(price_list(f"v{number}", tea=f"{number}.10"))
        assert price_of(store, sold) == (f"{number}.10", f"v{number}")


def test_a_new_definition_prices_the_next_sale(store: Store) -> None:
    sold: list[int] = []
    price_of(store, sold)
    store.given(price_list("winter", tea="2.20")).later(seconds=1).given(product("tea", "2.75"))

    assert price_of(store, sold) == ("2.75", "product")


def test_an_old_sale_is_priced_as_of_its_time(store: Store) -> None:
    sold: list[int] = []
    store.given(price_list("winter", hours=1, tea="2.20")).later(hours=2)

    assert price_of(store, sold, occurred_at=NOON) == ("2.50", "product")


def test_prices_are_known_when_memory_has_forgotten_everything(store: Store) -> None:
    sold: list[int] = []
    store.given(price_list("winter", tea="2.20"))
    store.log.settle()
    store.log.facts.clear()

    assert price_of(store, sold) == ("2.20", "winter")


def test_a_definition_is_seen_although_the_price_epoch_was_forgotten(store: Store) -> None:
    sold: list[int] = []
    price_of(store, sold)
    store.log.settle()
    del store.log.facts[("price_epoch",)]

    store.later(seconds=1).given(product("tea", "2.75"))

    assert price_of(store, sold) == ("2.75", "product")


def test_a_long_list_is_staged_in_parts_and_activated_once(store: Store) -> None:
    prices: dict[str, Any] = {f"p{number}": "1" for number in range(1001)}

    *staged, activated = [each.event for each in store.when(price_list("big", **prices)).events]

    assert [len(part.prices) for part in staged if isinstance(part, PriceListStaged)] == [500, 500, 1]
    assert isinstance(activated, PriceListActivated)
    assert (activated.parts, activated.products) == (3, 1001)
    assert activated.valid_from == "2026-11-23T12:00:00.000000Z"


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (price_list("empty"), r.NothingGiven),
        (price_list("product", tea="1"), r.InvalidId),
        (price_list("label", tea="1"), r.InvalidId),
        (price_list("v 1", tea="1"), r.InvalidId),
        (price_list("v1", tea="-1"), r.InvalidPrice),
        (
            LoadPriceList(version="v1", valid_from=NOON, prices=(ListPrice(product_id="no id", price="1"),)),
            r.InvalidId,
        ),
        (
            LoadPriceList(version="v1", valid_from=NOON, prices=(ListPrice(product_id="tea", price="1"),) * 2),
            r.GivenTwice,
        ),
        (
            LoadPriceList(version="v1", valid_from=NOON, prices=(ListPrice(product_id="tea", price="1"),) * 50_001),
            r.TooMany,
        ),
    ],
)
def test_an_absurd_price_list_is_refused(store: Store, command: LoadPriceList, refusal: type[r.Refusal]) -> None:
    with pytest.raises(refusal):
        store.when(command)


def test_a_version_is_loaded_once(store: Store) -> None:
    store.when(price_list("winter", tea="2.20"))

    with pytest.raises(r.AlreadyExists):
        store.when(price_list("winter", tea="2.30"))


def test_a_product_is_created_then_replaced(store: Store) -> None:
    created, replaced = store.when(product("pot", "9")), store.when(product("pot", "10"))

    assert (created.status, replaced.status) == (201, 200)
    assert store.rows("SELECT price FROM products WHERE product_id = 'pot'") == [("10.00",)]


def test_a_product_is_not_changed_from_a_stale_view(store: Store) -> None:
    with pytest.raises(StaleVersion):
        store.when(replace(product("tea"), expected_version=7))
    with pytest.raises(StaleVersion):
        store.when(replace(product("tea"), expected_version=0))


@pytest.mark.parametrize(
    ("changes", "refusal", "at"),
    [
        ({"product_id": "a b"}, r.InvalidId, "/product_id"),
        ({"name": " "}, r.InvalidText, "/name"),
        ({"name": "x" * 201}, r.InvalidText, "/name"),
        ({"name": "tab\there"}, r.InvalidText, "/name"),
        ({"name": "half \ud800"}, r.InvalidText, "/name"),
        ({"kind": "animal"}, r.InvalidChoice, "/kind"),
        ({"tax_code": "luxury"}, r.UnknownTaxCode, "/tax_code"),
        ({"price": "1,50"}, r.InvalidPrice, "/price"),
        ({"barcodes": ("4006381333932",)}, r.InvalidBarcode, "/barcodes/0"),
        ({"barcodes": ("A", "A")}, r.GivenTwice, "/barcodes/1"),
        ({"barcodes": ("",)}, r.InvalidBarcode, "/barcodes/0"),
        ({"barcodes": (" A",)}, r.InvalidBarcode, "/barcodes/0"),
        ({"barcodes": ("x" * 65,)}, r.InvalidText, "/barcodes/0"),
        ({"barcodes": tuple(str(number) for number in range(101))}, r.TooMany, "/barcodes"),
    ],
)
def test_an_absurd_product_is_refused(store: Store, changes: dict[str, Any], refusal: type[r.Refusal], at: str) -> None:
    with pytest.raises(refusal) as refused:
        store.when(replace(product("pot", "1"), **changes))

    assert (refused.value.at, refused.value.status) == (at, 422)


def scanned(store: Store, code: str, sale_id: str = "s-1") -> Any:
    return store.event(sale(sale_id, lines=(RungUpLine(barcode=code),))).lines[0]


def test_codes_are_found_as_written_upper_and_lower_case_apart(store: Store) -> None:
    store.given(product("pot", "9", barcodes=("abc",)), product("lid", "3", barcodes=("ABC",)))

    assert scanned(store, "abc").product_id == "pot"
    assert scanned(store, "ABC", "s-2").product_id == "lid"
    with pytest.raises(r.UnknownProduct):
        scanned(store, "Abc", "s-3")


def test_a_code_moves_to_the_product_that_listed_it_last(store: Store) -> None:
    assert scanned(store, "4006381333931").product_id == "tea"

    store.given(product("mug", "4.00", barcodes=("4006381333931",)))
    assert scanned(store, "4006381333931", "s-2").product_id == "mug"

    store.given(product("tea", "2.50"))
    assert scanned(store, "4006381333931", "s-3").product_id == "mug"


def test_a_code_a_product_gives_up_is_nobodys(store: Store) -> None:
    assert scanned(store, "4006381333931").product_id == "tea"

    store.given(product("tea", "2.50", barcodes=("other",)))

    with pytest.raises(r.UnknownProduct):
        scanned(store, "4006381333931", "s-2")
    assert scanned(store, "other", "s-3").product_id == "tea"


def test_a_new_product_is_known_where_it_was_not_a_moment_ago(store: Store) -> None:
    with pytest.raises(r.UnknownProduct):
        store.when(sale("s-1", pot="1"))
    store.given(product("pot", "9"))

    assert store.event(sale("s-1", pot="1")).total == 900


def test_what_was_defined_while_nothing_was_in_memory_is_read_from_the_file(store: Store) -> None:
    recorded = store.when(product("pot", "9")).events[0]
    store.log.facts = {("price_epoch",): 0}
    unit = FakeUnitOfWork(store.log)

    facts.TOUCH[type(recorded.event)](unit, recorded)

    found = facts.product(unit, "pot")
    assert found is not None
    assert [row.price for row in found.prices] == ["9.00"]


def test_the_moment_of_a_list_may_come_from_any_zone(store: Store) -> None:
    command = replace(price_list("winter", tea="2"), valid_from=datetime(2026, 11, 23, 13, tzinfo=UTC).astimezone())

    activated = store.when(command).events[-1].event

    assert isinstance(activated, PriceListActivated)
    assert activated.valid_from == "2026-11-23T13:00:00.000000Z"
