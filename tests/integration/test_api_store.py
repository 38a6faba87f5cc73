"""Catalogue, stock, registers and reports over HTTP."""

from typing import Any

from appliance.schemas import catalogue as c
from appliance.schemas import registers as r
from appliance.schemas import stock as s
from appliance.schemas.common import Listing
from appliance.schemas.reports import DayReport, DayTotal
from tests.support.api import BARCODE, Shop, sale


async def level(shop: Shop, product_id: str) -> s.StockLevel:
    return s.StockLevel.model_validate((await shop.get(f"/stock/{product_id}")).json())


async def test_a_product_is_found_by_word_by_barcode_and_by_id(shop: Shop) -> None:
    read = await shop.get("/products/tea")

    assert c.Product.model_validate(read.json()).price == "2.50"
    assert (await shop.get(f"/products/by-barcode/{BARCODE}")).json() == read.json()
    assert (await shop.get("/products?query=te")).json()["items"] == [read.json()]
    assert len(Listing[c.Product].model_validate((await shop.get("/products")).json()).items) == 3


async def test_a_mistyped_barcode_is_refused_where_it_stands(shop: Shop) -> None:
    body = {"name": "Milk", "tax_code": "reduced", "barcodes": ["4006381333930"]}

    answer = await shop.put("/products/milk", body)

    assert (answer.status_code, answer.json()["errors"][0]["at"]) == (422, "/barcodes/0")


async def test_a_price_list_is_loaded_once(shop: Shop) -> None:
    body = {"version": "w1", "valid_from": "2030-01-01T00:00:00Z", "prices": [{"product_id": "tea", "price": "3"}]}

    first, second = await shop.post("/pricelists", body), await shop.post("/pricelists", body)

    assert c.PriceListLoaded.model_validate(first.json()).products == 1
    assert (second.status_code, second.json()["type"]) == (409, "/docs/problems#already-exists")
    listed = Listing[c.PriceList].model_validate((await shop.get("/pricelists")).json()).items
    assert [each.version for each in listed] == ["w1"]


async def test_stock_is_received_sold_counted_and_adjusted(shop: Shop) -> None:
    await shop.post("/stock/receipts", {"reference": "n1", "lines": [{"product_id": "tea", "quantity": "10"}]})
    await shop.post("/sales", sale({"product_id": "tea", "quantity": "2"}))
    counted = await shop.post("/stock/counts", {"lines": [{"product_id": "tea", "counted": "7.5"}]})
    lines = [{"product_id": "tea", "quantity": "-0.5", "reason": "torn"}]
    adjusted = await shop.post("/stock/adjustments", {"lines": lines})

    assert s.StockBooked.model_validate(counted.json()).lines[0].quantity == "-0.5"
    assert adjusted.status_code == 201
    assert (await level(shop, "tea")).on_hand == "7"
    moved = Listing[s.StockMovement].model_validate((await shop.get("/stock/tea/movements")).json()).items
    assert [(each.kind, each.quantity) for each in moved] == [
        ("adjusted", "-0.5"),
        ("counted", "-0.5"),
        ("sale", "-2"),
        ("received", "10"),
    ]


async def test_what_was_sold_without_stock_is_booked_and_flagged(shop: Shop) -> None:
    await shop.post("/sales", sale())

    assert (await level(shop, "tea")).oversold
    items = (await shop.get("/stock?oversold=true")).json()["items"]
    assert [each["product_id"] for each in items] == ["tea"]


async def test_a_drawer_runs_from_float_to_z_report(shop: Shop) -> None:
    path = "/registers/till-1/drawer"
    steps: list[tuple[str, dict[str, Any]]] = [
        ("open", {"opening_float": 10_000, "operator": "anna"}),
        ("paid-in", {"amount": 500, "reason": "change"}),
        ("paid-out", {"amount": 200, "reason": "milk"}),
        ("count", {"counted": 10_300}),
    ]
    for step, body in steps:
        answer = await shop.post(f"{path}/{step}", body)
        assert r.DrawerMoved.model_validate(answer.json()).session == 1
    await shop.post("/sales", sale(paid=1_000))

    x = r.DrawerReport.model_validate((await shop.get(path)).json())
    closed = r.DrawerClosed.model_validate((await shop.post(f"{path}/close", {"counted": 10_550})).json())

    assert (x.expected, x.counted, x.drawer_open) == (10_550, 10_300, True)
    assert (closed.expected, closed.difference, closed.sales_amount) == (10_550, 0, 250)
    assert r.DrawerReport.model_validate((await shop.get(path)).json()).session == 2


async def test_a_drawer_that_is_not_open_takes_no_cash(shop: Shop) -> None:
    answer = await shop.post("/registers/till-1/drawer/paid-in", {"amount": 500, "reason": "change"})

    assert (answer.status_code, answer.json()["type"]) == (409, "/docs/problems#drawer-not-open")


async def test_a_register_is_renamed(shop: Shop) -> None:
    answer = await shop.put("/registers/till-1", {"name": "Front"})

    assert r.RegisterAdded.model_validate(answer.json()).version == 2
    items = Listing[r.Register].model_validate((await shop.get("/registers")).json()).items
    assert [each.name for each in items] == ["Front", "till-2"]


async def test_a_day_is_reported_by_tender_tax_and_hour(shop: Shop) -> None:
    await shop.post("/sales", sale({"product_id": "tea", "quantity": "2"}))
    refund = sale(paid=250, reason="no receipt")
    await shop.post("/refunds", refund)

    report = DayReport.model_validate((await shop.get("/reports/day")).json())

    assert (report.sales.amount, report.refunds.amount, report.total) == (500, 250, 250)
    assert [(each.type, each.amount) for each in report.tenders] == [("cash", 250)]
    assert sum(each.base + each.amount for each in report.taxes) == 250
    days = Listing[DayTotal].model_validate((await shop.get("/reports/days")).json()).items
    assert [(each.date, each.total) for each in days] == [(report.date, 250)]


async def test_who_takes_an_answer_of_some_age_may_be_told_an_older_day_and_nobody_else_is(shop: Shop) -> None:
    aged = {"Cache-Control": "max-age=10"}
    before = await shop.get("/reports/day", headers=aged)
    await shop.post("/sales", sale({"product_id": "tea", "quantity": "2"}))
    older, now = await shop.get("/reports/day", headers=aged), await shop.get("/reports/day")
    refused = await shop.get("/reports/day", role="cashier", headers=aged)

    assert older.content == before.content != now.content
    assert int(older.headers["age"]) < 10
    assert "age" not in now.headers
    assert refused.status_code == 403


async def test_a_day_without_business_is_all_nothing(shop: Shop) -> None:
    report = DayReport.model_validate((await shop.get("/reports/day?date=2001-01-01")).json())

    assert (report.total, report.tenders) == (0, [])
