"""What the shop answers when it is asked."""

import json

import pytest

from appliance.domain import events as e
from appliance.errors import BadCursor
from appliance.queries import (
    documents,
    events,
    pricelists,
    products,
    receipts,
    registers,
    reports,
    stock,
)
from appliance.queries.pool import Pool
from tests.support.folding import DATE, Log, line
from tests.support.lists import ids, walk

NOW = f"{DATE}T12:00:00.000000Z"
BEFORE_THE_LIST = "2026-11-21T00:00:00.000000Z"


# --- catalogue and stock ----------------------------------------------------------------------------------------


async def test_a_product_shows_the_price_in_force(pool: Pool) -> None:
    product = await products.get(pool, "jam", NOW)

    assert product == {
        "product_id": "jam",
        "name": "Jam",
        "kind": "stocked",
        "tax_code": "standard",
        "barcodes": ["5000112637939", "20000001"],
        "price": "1.20",  # its own price came later that day than the list's moment
        "price_list": "product",
        "shelf": None,
        "active": True,
        "recalled": "glass",
        "version": 1,
    }


async def test_a_product_shows_the_list_price_while_that_is_the_latest(pool: Pool) -> None:
    product = await products.get(pool, "jam", f"{DATE}T00:00:00.000000Z")

    assert product is not None
    assert (product["price"], product["price_list"]) == ("2.10", "autumn")


async def test_a_product_has_no_price_before_its_first(pool: Pool) -> None:
    product = await products.get(pool, "jam", BEFORE_THE_LIST)

    assert product is not None
    assert product["price"] is None


async def test_a_product_is_found_by_its_code(pool: Pool) -> None:
    found = await products.by_barcode(pool, "20000001", NOW)

    assert found is not None
    assert found["product_id"] == "jam"
    assert await products.by_barcode(pool, "1", NOW) is None


@pytest.mark.parametrize(
    ("query", "found"),
    [("", ["jam", "tea"]), ("JA", ["jam"]), ("20000001", ["jam"]), ("%", []), ("_ea", []), ("j x", []), ("'", [])],
)
async def test_products_are_searched_by_words_and_codes_and_no_character_is_special(
    pool: Pool, query: str, found: list[str]
) -> None:
    assert ids(await products.page(pool, at=NOW, limit=10, query=query), "product_id") == found


async def test_products_are_listed_page_by_page(pool: Pool) -> None:
    found = await walk(lambda cursor: products.page(pool, at=NOW, limit=1, cursor=cursor))

    assert [product["product_id"] for product in found] == ["jam", "tea"]


async def test_a_cursor_of_another_search_is_refused(pool: Pool) -> None:
    cursor = (await products.page(pool, at=NOW, limit=1))["next_cursor"]

    with pytest.raises(BadCursor):
        await products.page(pool, at=NOW, limit=1, query="jam", cursor=cursor)


async def test_a_price_list_is_shown(pool: Pool) -> None:
    assert await pricelists.get(pool, "autumn") == (await pricelists.page(pool, limit=5))["items"][0]


async def test_stock_is_shown_in_decimals(pool: Pool) -> None:
    level = await stock.get(pool, "tea")

    # 12 received, 2 + 3 + 1 sold, 1 back
    assert level is not None
    assert (level["on_hand"], level["available"], level["oversold"]) == ("7", "7", False)


async def test_a_product_that_never_moved_has_no_stock_and_an_unknown_one_no_level(pool: Pool, log: Log) -> None:
    assert ids(await stock.page(pool, limit=10), "product_id") == ["jam", "tea"]
    assert await stock.get(pool, "nothing") is None


async def test_only_what_is_oversold_is_listed_when_asked_for(pool: Pool) -> None:
    assert ids(await stock.page(pool, limit=10, oversold=True), "product_id") == []


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_movements_are_followed_back_to_the_first(pool: Pool, limit: int) -> None:
    found = await walk(lambda cursor: stock.movements(pool, "tea", limit=limit, cursor=cursor))

    moved = [(each["kind"], each["quantity"], each["reference"]) for each in found]
    assert moved == [
        ("sale", "-1", "s-4"),
        ("refund", "1", "r-1"),
        ("sale", "-3", "s-3"),
        ("sale", "-2", "s-1"),
        ("received", "12", "note 7"),
    ]


# --- documents --------------------------------------------------------------------------------------------------


async def test_a_sale_is_shown_whole_with_what_became_of_it(pool: Pool) -> None:
    sale = await documents.sale(pool, "s-3")

    assert sale is not None
    assert (sale["sale_id"], sale["status"], sale["version"], sale["void"]) == ("s-3", "partly_refunded", 2, None)
    assert sale["lines"][0]["tax"][0]["code"] == "standard"
    assert [refund["refund_id"] for refund in sale["refunds"]] == ["r-1"]
    assert json.dumps(sale)


async def test_a_voided_sale_shows_its_void(pool: Pool) -> None:
    sale = await documents.sale(pool, "s-2")

    assert sale is not None
    assert sale["status"] == "voided"
    assert sale["void"]["voided_receipt"] == sale["receipt_number"]


async def test_a_sale_nobody_made_is_not_there(pool: Pool) -> None:
    assert await documents.sale(pool, "s-99") is None


async def test_a_refund_is_shown_whether_or_not_it_names_a_sale(pool: Pool) -> None:
    linked, unlinked = await documents.refund(pool, "r-1"), await documents.refund(pool, "r-2")

    assert linked is not None
    assert unlinked is not None
    assert (linked["sale_id"], unlinked["sale_id"]) == ("s-3", None)


async def test_a_sale_is_found_by_the_tills_own_reference(pool: Pool) -> None:
    for register in ("till-1", None):
        sale = await documents.sale_by_client_ref(pool, "t1/0001", register_id=register)
        assert sale is not None
        assert sale["sale_id"] == "s-1"
    assert await documents.sale_by_client_ref(pool, "t1/0001", register_id="till-2") is None


async def test_documents_are_listed_newest_first(pool: Pool) -> None:
    found = await walk(lambda cursor: documents.page(pool, limit=2, cursor=cursor, date=DATE))

    assert [(each["kind"], each["id"]) for each in found] == [
        ("sale", "s-4"),
        ("refund", "r-2"),
        ("refund", "r-1"),
        ("sale", "s-3"),
        ("void", "s-2"),
        ("sale", "s-2"),
        ("sale", "s-1"),
    ]
    assert ids(await documents.page(pool, limit=9, kind="refund", register_id="till-2"), "id") == ["r-2"]


# --- registers --------------------------------------------------------------------------------------------------


async def test_an_x_report_covers_what_happened_since_the_last_z(pool: Pool) -> None:
    report = await registers.drawer(pool, "till-1")

    assert report is not None
    assert (report["session"], report["sales_count"], report["sales_amount"]) == (2, 1, 150)
    assert report["tenders"] == [{"type": "cash", "count": 1, "amount": 150}]
    assert report["expected"] == 150


async def test_an_x_report_of_a_register_that_did_nothing_is_all_noughts(pool: Pool, log: Log) -> None:
    assert await registers.drawer(pool, "till-9") is None

    report = await registers.drawer(pool, "till-2")
    assert report is not None
    assert (report["voids_count"], report["refunds_amount"], report["opened_at"]) == (1, 105, None)


async def test_registers_are_listed(pool: Pool) -> None:
    assert ids(await registers.page(pool, limit=5), "register_id") == ["till-1", "till-2"]
    register = await registers.get(pool, "till-1")
    drawer = {"session": 2, "drawer_open": False, "shut": "audit"}
    assert register == {"register_id": "till-1", "name": "TILL-1", "version": 6, **drawer}


# --- reports, log, receipts ---------------------------------------------------------------------------------------


async def test_a_day_report_adds_up(pool: Pool) -> None:
    report = await reports.day(pool, DATE)

    assert report["sales"] == {"count": 4, "amount": 510 + 630 + 450 + 150}
    assert report["voids"] == {"count": 1, "amount": 630}
    assert report["refunds"] == {"count": 2, "amount": 255}
    assert report["total"] == 1740 - 630 - 255
    assert sum(tender["amount"] for tender in report["tenders"]) == report["total"]
    assert sum(hour["amount"] for hour in report["hours"]) == report["total"]
    assert sum(tax["base"] + tax["amount"] for tax in report["taxes"]) == report["total"]
    assert {(tax["code"], tax["rate"]) for tax in report["taxes"]} == {("standard", "20"), ("standard", "0")}


async def test_a_day_without_business_comes_to_nothing(pool: Pool) -> None:
    report = await reports.day(pool, "2020-01-01")

    assert (report["total"], report["sales"], report["tenders"]) == (0, {"count": 0, "amount": 0}, [])


class TestTwoDays:
    @pytest.fixture
    def log(self, log: Log) -> Log:
        log.sale("s-9", line("tea", "1", 150), business_date="2026-11-23")
        return log

    async def test_days_are_listed_newest_first_with_what_they_came_to(self, pool: Pool) -> None:
        found = await walk(lambda cursor: reports.dates(pool, limit=1, cursor=cursor))

        assert [(day["date"], day["total"], day["sales"]) for day in found] == [("2026-11-23", 150, 1), (DATE, 855, 4)]


async def test_events_are_read_byte_for_byte(pool: Pool, log: Log) -> None:
    found = await events.after(pool, 2, 3)

    assert [event.position for event in found] == [3, 4, 5]
    assert json.loads(found[0].record)["type"] == found[0].type == "pricelist.staged"
    assert await events.head(pool) == len(log.events)
    assert len(bytes.fromhex(found[0].hash)) == 32


async def test_a_streams_events_are_read_past_a_version(pool: Pool) -> None:
    found = await events.of_stream(pool, "sale-s-2", version=1, limit=10)

    assert [(event.version, event.type) for event in found] == [(2, "sale.voided")]


async def test_a_key_nobody_used_has_no_receipt(pool: Pool) -> None:
    assert await receipts.get(pool, "till-1", "k") is None


class TestOversold:
    @pytest.fixture
    def log(self, log: Log) -> Log:
        log.add("product-new", e.ProductDefined(product_id="new", name="New", kind="stocked", tax_code="standard"))
        log.add("product-fee", e.ProductDefined(product_id="fee", name="Fee", kind="service", tax_code="standard"))
        log.sale("s-9", line("jam", "5"))
        return log

    async def test_what_is_oversold_says_since_when(self, pool: Pool, log: Log) -> None:
        level = await stock.get(pool, "jam")

        assert level is not None
        assert (level["on_hand"], level["oversold_since"]) == ("-3.5", len(log.events))
        assert ids(await stock.page(pool, limit=5, oversold=True), "product_id") == ["jam"]

    async def test_a_stocked_product_that_never_moved_has_none_and_a_service_no_level(self, pool: Pool) -> None:
        level = await stock.get(pool, "new")

        assert level is not None
        assert (level["on_hand"], level["position"]) == ("0", 0)
        assert await stock.get(pool, "fee") is None
