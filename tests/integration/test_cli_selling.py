"""Every verb of the command line on a store that nobody runs."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import Backroom, backroom_in


@pytest.fixture
def backroom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backroom:
    backroom = backroom_in(tmp_path, capsys)
    backroom.ok("migrate")
    return backroom


@pytest.fixture
def shop(backroom: Backroom) -> Backroom:
    """A store with a register, and tea at 2.50."""
    backroom.ok("registers", "add", "till-1", "--name", "Front till")
    backroom.ok("products", "set", "tea", "--name", "Black tea", "--tax", "zero", "--price", "2.50")
    return backroom


def body(backroom: Backroom, **fields: Any) -> Path:
    path = backroom.config.parent / "body.json"
    path.write_text(json.dumps(fields))
    return path


def sold(shop: Backroom, quantity: str = "2") -> Any:
    tenders = [{"type": "cash", "amount": 1000}]
    lines = [{"product_id": "tea", "quantity": quantity}]
    file = body(shop, register_id="till-1", currency="GBP", lines=lines, tenders=tenders)
    return shop.answer("sales", "ring", file)


def test_a_sale_is_rung_up_from_a_file_and_found_again(shop: Backroom) -> None:
    sale = sold(shop)

    assert sale["total"] == 500
    assert shop.answer("sales", "show", sale["sale_id"])["receipt_number"] == "till-1-1-1"
    assert [each["id"] for each in shop.answer("sales", "list")["items"]] == [sale["sale_id"]]
    assert "5.00 GBP" in shop.ok("sales", "show", sale["sale_id"]).out


def test_a_sale_is_rung_up_from_the_standard_input(
    shop: Backroom, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tenders = [{"type": "card", "amount": 250}]
    file = body(shop, register_id="till-1", currency="GBP", lines=[{"product_id": "tea"}], tenders=tenders)
    with file.open() as given:
        monkeypatch.setattr("sys.stdin", given)

        assert shop.answer("sales", "ring")["total"] == 250


def test_the_same_key_rings_up_once(shop: Backroom) -> None:
    lines = [{"product_id": "tea", "quantity": "1"}]
    file = body(shop, register_id="till-1", currency="GBP", lines=lines, tenders=[{"type": "cash", "amount": 250}])

    first, second = (shop.answer("sales", "ring", file, "--key", "once") for _ in range(2))

    assert first == second
    assert shop.answer("idempotency", "show", "once", "--register", "till-1")["ids"]["sale_id"] == first["sale_id"]


def test_a_sale_is_voided_or_refunded(shop: Backroom) -> None:
    first, second = sold(shop), sold(shop)

    void = shop.answer("sales", "void", first["sale_id"], "--register", "till-1", "--reason", "wrong basket")
    money_back = body(shop, register_id="till-1", reason="torn", tenders=[{"type": "cash", "amount": 500}])
    refund = shop.answer("sales", "refund", second["sale_id"], money_back)

    assert (void["total"], refund["total"]) == (500, 500)


def test_goods_are_refunded_without_a_sale(shop: Backroom) -> None:
    lines, tenders = [{"product_id": "tea", "quantity": "1"}], [{"type": "cash", "amount": 250}]
    file = body(shop, register_id="till-1", currency="GBP", lines=lines, tenders=tenders, reason="no receipt")

    refund = shop.answer("refunds", "create", file)

    assert shop.answer("refunds", "show", refund["refund_id"])["total"] == 250


def test_a_product_is_changed_in_one_place_and_kept_in_the_others(shop: Backroom) -> None:
    shop.ok("products", "set", "tea", "--shelf", "B2", "--barcode", "9521000000025")
    shop.ok("products", "set", "tea", "--inactive")

    tea = shop.answer("products", "show", "tea")
    assert (tea["name"], tea["price"], tea["shelf"], tea["active"]) == ("Black tea", "2.50", "B2", False)
    assert shop.answer("products", "show", "9521000000025", "--barcode")["product_id"] == "tea"
    assert len(shop.answer("products", "list", "--query", "black")["items"]) == 1


def test_a_new_product_needs_a_name_and_a_tax_code(shop: Backroom) -> None:
    said = shop("products", "set", "cake", "--price", "3")

    assert said.code == 2
    assert "--name" in said.err


def test_a_price_list_is_loaded_once_and_sets_the_price(shop: Backroom) -> None:
    prices = shop.config.parent / "prices.csv"
    prices.write_text("product_id,price\ntea,1.99\n")
    load = ("pricelists", "load", "2020-w1", prices, "--valid-from", "2020-01-01T00:00:00+00:00")

    assert shop.answer(*load)["products"] == 1
    assert shop(*load).code == 1
    assert [each["version"] for each in shop.answer("pricelists", "list")["items"]] == ["2020-w1"]


@pytest.mark.parametrize("when", ["2020-01-01T00:00:00", "tomorrow"])
def test_a_price_list_needs_a_time_with_an_offset(shop: Backroom, when: str) -> None:
    assert shop("pricelists", "load", "v", shop.config, "--valid-from", when).code == 2


def test_stock_is_received_counted_and_adjusted(shop: Backroom) -> None:
    shop.ok("stock", "receive", "tea=12", "--reference", "delivery 1")
    shop.ok("stock", "count", "tea=10")
    shop.ok("stock", "adjust", "tea=-1.5", "--reason", "torn")

    assert shop.answer("stock", "show", "tea")["on_hand"] == "8.5"
    assert [each["quantity"] for each in shop.answer("stock", "movements", "tea")["items"]] == ["-1.5", "-2", "12"]
    assert shop.answer("stock", "list", "--oversold")["items"] == []


@pytest.mark.parametrize("line", ["tea", "=3", "tea="])
def test_a_stock_line_names_product_and_quantity(shop: Backroom, line: str) -> None:
    assert shop("stock", "receive", line).code == 2


def test_a_drawer_is_opened_moved_counted_and_closed(shop: Backroom) -> None:
    shop.ok("registers", "drawer", "open", "till-1", "10000")
    sold(shop)
    shop.ok("registers", "drawer", "paid-in", "till-1", "500", "--reason", "change")
    shop.ok("registers", "drawer", "paid-out", "till-1", "200", "--reason", "stamps")
    shop.ok("registers", "drawer", "count", "till-1", "10800")

    assert shop.answer("registers", "show", "till-1")["expected"] == 10800
    closed = shop.answer("registers", "drawer", "close", "till-1", "10790", "--reason", "a coin fell")
    assert (closed["difference"], closed["sales_count"]) == (-10, 1)


def test_customers_are_added_found_and_erased(shop: Backroom) -> None:
    customer_id = shop.answer("customers", "add", "--name", "Ada Example", "--email", "ada@example.org")["customer_id"]
    assert shop.answer("customers", "list", "--query", "ada")["items"][0]["name"] == "Ada Example"

    shop.ok("customers", "erase", customer_id, "--yes")

    ada = shop.answer("customers", "show", customer_id)
    assert (ada["name"], ada["erased"]) == (None, True)


def test_an_erasure_asks_first(shop: Backroom, monkeypatch: pytest.MonkeyPatch) -> None:
    customer_id = shop.answer("customers", "add", "--name", "Ada")["customer_id"]
    monkeypatch.setattr("sys.stdin", (shop.config.parent / "no").open("w+"))

    assert shop("customers", "erase", customer_id).code == 130
    assert shop.answer("customers", "show", customer_id)["name"] == "Ada"


def test_orders_are_created_found_and_cancelled(shop: Backroom) -> None:
    customer_id = shop.answer("customers", "add", "--name", "Ada Example")["customer_id"]
    shop.ok("stock", "receive", "tea=12")
    file = body(shop, customer_id=customer_id, kind="pickup", items=[{"product_id": "tea", "quantity": "2"}])

    order_id = shop.answer("orders", "create", file)["order_id"]

    assert shop.answer("orders", "show", order_id)["total_amount"] == 500
    assert "Black tea" in shop.ok("orders", "show", order_id).out
    assert shop.answer("orders", "search", "ada")["total_count"] == 1
    shop.ok("orders", "cancel", order_id, "--reason", "changed their mind")
    assert [each["status"] for each in shop.answer("orders", "list")["items"]] == ["cancelled"]


def test_a_device_gets_a_token_once_and_can_be_revoked(shop: Backroom) -> None:
    added = shop.ok("device", "add", "Front till", "--register", "till-1", "--id", "front", "--key", "k")

    assert added.out.startswith("bkr_")
    assert added.out.count("\n") == 1
    assert shop.ok("device", "add", "Front till", "--register", "till-1", "--id", "front", "--key", "k").out == ""
    shop.ok("device", "revoke", "front")
    assert shop.answer("device", "list")["items"][0]["revoked_at"] is not None
    assert added.out.strip() not in shop.ok("device", "list").out


def test_a_business_day_is_reported(shop: Backroom) -> None:
    sale = sold(shop)

    report = shop.answer("reports", "day", sale["business_date"])

    assert report["total"] == 500
    assert "5.00" in shop.ok("reports", "day", sale["business_date"]).out
    assert shop.answer("reports", "days")["items"][0]["date"] == sale["business_date"]


def test_events_and_views_are_listed_and_views_rebuilt(shop: Backroom) -> None:
    assert [each["type"] for each in shop.answer("events", "list")["items"]] == ["register.added", "product.defined"]
    assert shop.answer("events", "list", "--after", "1")["items"][0]["position"] == 2
    names = {each["name"] for each in shop.answer("projections", "list")["items"]}
    assert {"stock", "documents"} < names
    assert all(each["position"] == 2 for each in shop.answer("projections", "rebuild")["items"])


def test_lists_go_on_where_they_ended(shop: Backroom) -> None:
    for _ in range(3):
        sold(shop)

    said = shop.ok("sales", "list", "--limit", "2")
    cursor = said.err.strip().removeprefix("there is more: --cursor ")

    assert len(shop.answer("sales", "list", "--cursor", cursor)["items"]) == 1
