"""Given labels with a price or weight in them, when they are scanned, then the line says what the label says."""

from dataclasses import replace
from typing import Any

import pytest
from biip.checksums import gs1_price_weight_check_digit, gs1_standard_check_digit

from appliance.application.commands import RungUpLine
from appliance.domain import refusals as r
from tests.support.fake_uow import POLICY, Store, product, shop
from tests.support.rung_up import sale


def ean(payload: str) -> str:
    return f"{payload}{gs1_standard_check_digit(payload)}"


def british(item: str, price: str) -> str:
    """Prefix 20, five digits of item, check digit of the price, four digits of price."""
    return ean(f"20{item}{gs1_price_weight_check_digit(price)}{price}")


def swedish_weight(item: str, grams: str) -> str:
    """Prefix 23, six digits of item, four digits of grams."""
    return ean(f"23{item}{grams}")


def scanned(store: Store, code: str, **line: Any) -> Any:
    return store.event(sale("s-1", lines=(RungUpLine(barcode=code, **line),))).lines[0]


@pytest.fixture
def british_shop() -> Store:
    return shop().given(product("cheese", "12.00", barcodes=(british("12345", "0000"),)))


@pytest.fixture
def swedish_shop() -> Store:
    policy = replace(POLICY, barcode_region="se")
    return shop(policy).given(product("cheese", "120.00", barcodes=(swedish_weight("123456", "0000"),)))


def test_a_price_on_the_label_is_the_price_of_the_line(british_shop: Store) -> None:
    line = scanned(british_shop, british("12345", "0349"))

    assert (line.product_id, line.quantity, line.unit_price, line.amount) == ("cheese", "1", "3.49", 349)
    assert (line.list_price, line.price_list, line.code) == ("3.49", "label", british("12345", "0349"))


def test_two_packages_of_one_label_cost_twice_its_price(british_shop: Store) -> None:
    assert scanned(british_shop, british("12345", "0349"), quantity="2").amount == 698


def test_a_labels_price_is_changed_by_right_only(british_shop: Store) -> None:
    with pytest.raises(r.OverrideNotAllowed):
        scanned(british_shop, british("12345", "0349"), unit_price="0.49")


def test_a_weight_on_the_label_is_the_quantity(swedish_shop: Store) -> None:
    line = scanned(swedish_shop, swedish_weight("123456", "0350"))

    assert (line.quantity, line.unit_price, line.amount, line.price_list) == ("0.35", "120.00", 4200, "product")


def test_two_packages_of_one_weight_weigh_twice(swedish_shop: Store) -> None:
    assert scanned(swedish_shop, swedish_weight("123456", "0350"), quantity="2").quantity == "0.7"


def test_half_a_labelled_package_is_not_sold(swedish_shop: Store) -> None:
    with pytest.raises(r.InvalidQuantity):
        scanned(swedish_shop, swedish_weight("123456", "0351"), quantity="0.5")


def test_the_base_code_itself_sells_at_the_list_price(british_shop: Store) -> None:
    line = scanned(british_shop, british("12345", "0000"))

    assert (line.unit_price, line.price_list) == ("12.00", "product")


def test_another_regions_label_is_just_a_code(swedish_shop: Store) -> None:
    with pytest.raises(r.UnknownProduct):
        scanned(swedish_shop, british("12345", "0349"))


def test_a_mistyped_code_is_said_to_be_one(british_shop: Store) -> None:
    with pytest.raises(r.UnknownProduct) as refusal:
        scanned(british_shop, "4006381333932")

    assert "check digit" in refusal.value.detail


@pytest.mark.parametrize("code", ["\0", "x" * 65, "1\n2", "9" * 100_000])
def test_what_no_scanner_reads_is_refused(british_shop: Store, code: str) -> None:
    with pytest.raises(r.InvalidText):
        scanned(british_shop, code)


def test_a_till_may_scan_any_form_of_a_gtin() -> None:
    store = shop().given(product("beans", "1.00", barcodes=("042100005264",)))

    for number, code in enumerate(("042100005264", "0042100005264", "00042100005264", "04252614")):
        line = store.event(sale(f"s-{number}", lines=(RungUpLine(barcode=code),))).lines[0]
        assert (line.product_id, line.code) == ("beans", code)
