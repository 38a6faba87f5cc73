"""`backroom import sales` on the files real tills and broken programs write."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from appliance.importing import reasons
from tests.support.command_line import COLUMNS, Backroom, backroom_in

HOLDER = "536365,85123A,HOLDER,6,2010-12-01T08:26:00,2.55,17850,United Kingdom"
LANTERN = "536365,71053,LANTERN,6,2010-12-01T08:26:00,3.39,17850,United Kingdom"
POSTAGE = "536370,POST,POSTAGE,3,2010-12-01T08:45:00,18,12583,France"
CANCELLED = "C536379,85123A,HOLDER,-1,2010-12-01T09:41:00,2.55,17850,United Kingdom"
WRITTEN_OFF = "536589,85123A,damaged,-10,2010-12-01T16:50:00,0,,United Kingdom"
DEBT = "A563185,B,Adjust bad debt,1,2011-08-12T14:50:00,11062.06,,United Kingdom"


@pytest.fixture
def backroom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backroom:
    return backroom_in(tmp_path, capsys)


def sales_file(backroom: Backroom, *rows: str, name: str = "sales.csv", end: str = "\n") -> Path:
    path = backroom.config.parent / name
    path.write_text("\n".join((COLUMNS, *rows)) + end)
    return path


def imported(backroom: Backroom, *files: Path) -> Any:
    return backroom.answer("import", "sales", *files)


def events(backroom: Backroom) -> list[Any]:
    items: list[Any] = backroom.answer("events", "list", "--limit", "500")["items"]
    return items


def types(recorded: Sequence[Any]) -> list[str]:
    return [each["type"] for each in recorded]


def test_an_import_ends_with_a_reconciliation_to_the_penny(backroom: Backroom) -> None:
    found = imported(backroom, sales_file(backroom, HOLDER, LANTERN, POSTAGE, CANCELLED, WRITTEN_OFF, DEBT))

    assert found == {
        "files": 1,
        "rows_read": 6,
        "rows_booked": 5,
        "rows_rejected": 1,
        "rejected": {reasons.BOOK_DEBT_ADJUSTMENT: 1},
        "invoices": 3,
        "refunds": 1,
        "already_booked": 0,
        "file_total": 1530 + 2034 + 5400 - 255 + 1106206,
        "rejected_total": 1106206,
        "store_total": 1530 + 2034 + 5400 - 255,
        "other_total": 0,
        "balanced": True,
    }


def test_invoices_become_what_a_till_would_have_booked(backroom: Backroom) -> None:
    imported(backroom, sales_file(backroom, HOLDER, LANTERN, CANCELLED, WRITTEN_OFF))

    sale = backroom.answer("sales", "show", "INV-536365")
    refund = backroom.answer("refunds", "show", "INV-C536379")
    assert (sale["total"], sale["client_ref"], sale["customer_id"]) == (3564, "536365", "17850")
    assert sale["local_time"] == "2010-12-01T08:26:00+00:00"
    assert [(line["product_id"], line["quantity"], line["unit_price"]) for line in sale["lines"]] == [
        ("85123A", "6", "2.55"),
        ("71053", "6", "3.39"),
    ]
    assert (refund["total"], refund["sale_id"]) == (255, None)
    assert backroom.answer("stock", "show", "85123A")["on_hand"] == "-15"


def test_what_an_invoice_needs_is_created_in_its_own_place_in_the_log(backroom: Backroom) -> None:
    imported(backroom, sales_file(backroom, HOLDER, POSTAGE))

    assert types(events(backroom)) == [
        "register.added",
        "customer.registered",
        "product.defined",
        "sale.completed",
        "customer.registered",
        "product.defined",
        "sale.completed",
    ]


def test_postage_is_a_service_and_needs_no_stock(backroom: Backroom) -> None:
    imported(backroom, sales_file(backroom, POSTAGE))

    assert backroom.answer("products", "show", "POST")["kind"] == "service"


def test_free_invoices_are_booked_without_any_tender(backroom: Backroom) -> None:
    imported(backroom, sales_file(backroom, HOLDER.replace("2.55", "0")))

    sale = backroom.answer("sales", "show", "INV-536365")
    assert (sale["total"], sale["tenders"]) == (0, [])


def test_codes_with_spaces_and_codes_that_differ_by_case_are_kept_apart(backroom: Backroom) -> None:
    rows = [POSTAGE.replace("POST,", f"{code},") for code in ("M", "m", "BANK CHARGES")]

    assert imported(backroom, sales_file(backroom, *rows))["rows_booked"] == 3
    names = {each["product_id"] for each in backroom.answer("products", "list")["items"]}
    assert {"M", "m"} < names
    assert len(names) == 3


def test_a_second_run_books_nothing(backroom: Backroom) -> None:
    path = sales_file(backroom, HOLDER, POSTAGE, CANCELLED, WRITTEN_OFF, DEBT)
    first = imported(backroom, path)
    dump = backroom.ok("dump").out

    second = imported(backroom, path)

    assert second == {**first, "already_booked": 4}
    assert backroom.ok("dump").out == dump


def test_two_stores_that_book_the_same_file_say_the_same(backroom: Backroom) -> None:
    path, other = sales_file(backroom, HOLDER, POSTAGE, CANCELLED, WRITTEN_OFF), backroom.on("other")

    imported(backroom, path)
    imported(other, path)

    assert backroom.ok("dump").out == other.ok("dump").out


def test_months_may_be_imported_one_by_one(backroom: Backroom) -> None:
    december, january = sales_file(backroom, HOLDER), sales_file(backroom, POSTAGE, name="january.csv")
    imported(backroom, december)

    found = imported(backroom, january)

    assert (found["balanced"], found["store_total"], found["other_total"]) == (True, 1530 + 5400, 1530)
    assert imported(backroom, december, january)["other_total"] == 0


def test_an_invoice_with_other_rows_than_before_is_rejected_as_a_whole(backroom: Backroom) -> None:
    imported(backroom, sales_file(backroom, HOLDER))

    found = imported(backroom, sales_file(backroom, HOLDER.replace(",6,", ",7,"), LANTERN, POSTAGE, name="again.csv"))

    assert found["rejected"] == {reasons.ALREADY_BOOKED_DIFFERENTLY: 2}
    assert (found["rows_booked"], found["balanced"]) == (1, True)


def test_the_same_file_twice_in_one_run_is_booked_and_counted_once(backroom: Backroom) -> None:
    path = sales_file(backroom, HOLDER)

    found = imported(backroom, path, path)

    assert (found["rows_booked"], found["rejected"]) == (1, {reasons.REPEATED_INVOICE: 1})
    assert found["balanced"]


def test_an_invoice_the_store_refuses_is_rejected_with_the_stores_reason(backroom: Backroom) -> None:
    rows = [HOLDER.replace(",6,", ",1000000,").replace("2.55", "9999")] * 2  # each may be, together they may not

    found = imported(backroom, sales_file(backroom, *rows, POSTAGE))

    assert found["rejected"] == {"refused_invalid-amount": 2}
    assert (found["rows_booked"], found["balanced"]) == (1, True)


def test_a_hostile_file_loses_only_its_bad_rows_each_with_line_and_reason(backroom: Backroom) -> None:
    path = sales_file(backroom, HOLDER, HOLDER.replace("HOLDER", "L@NG"), '536365,"85123A,x', LANTERN, end="\n5363")
    path.write_bytes(path.read_bytes().replace(b"@", b"\xe9"))
    rejects = path.with_name("rejects.csv")

    found = backroom.answer("import", "sales", path, "--rejects", rejects)

    assert (found["rows_read"], found["rows_booked"], found["balanced"]) == (5, 2, True)
    assert [line.split(",")[:3] for line in rejects.read_text().splitlines()] == [
        ["file", "line", "reason"],
        ["sales.csv", "3", "bad_encoding"],
        ["sales.csv", "4", "bad_quoting"],
        ["sales.csv", "6", "truncated_row"],
    ]


def test_a_file_without_its_columns_is_rejected_row_by_row_and_the_next_one_is_booked(backroom: Backroom) -> None:
    wrong = sales_file(backroom, HOLDER, LANTERN)
    wrong.write_text(wrong.read_text().replace("UnitPrice", "Price"))

    found = imported(backroom, wrong, sales_file(backroom, POSTAGE, name="right.csv"))

    assert (found["files"], found["rejected"], found["rows_booked"]) == (2, {"missing_columns": 2}, 1)


def test_a_damaged_archive_books_what_can_be_read_and_fails(backroom: Backroom) -> None:
    path = backroom.config.parent / "sales.csv.xz"
    path.write_bytes(b"\xfd7zXZ\x00 and then nothing of the kind")

    said = backroom("import", "sales", path, sales_file(backroom, HOLDER), "--json")

    assert said.code == 1
    assert "sales.csv.xz" in said.err
    assert (said.json["rows_booked"], said.json["balanced"]) == (1, False)


def test_a_file_that_is_not_there_is_a_usage_error_and_nothing_is_booked(backroom: Backroom) -> None:
    said = backroom("import", "sales", sales_file(backroom, HOLDER), "nowhere.csv")

    assert said.code == 2
    assert not backroom.data.exists()


def test_a_store_without_a_zero_rate_says_so(backroom: Backroom) -> None:
    backroom.config.write_text(backroom.config.read_text() + '[store.taxes.standard]\nrate = "19"\n')

    found = imported(backroom, sales_file(backroom, HOLDER))

    assert found["rejected"] == {"refused_unknown-tax-code": 1}


def test_people_get_a_table_and_one_word_at_the_end(backroom: Backroom) -> None:
    said = backroom.ok("import", "sales", sales_file(backroom, HOLDER, DEBT))

    assert "11077.36" in said.out
    assert "book_debt_adjustment" in said.out
    assert "balanced to the penny" in said.err


def test_the_store_is_whole_after_an_import(backroom: Backroom) -> None:
    imported(backroom, sales_file(backroom, HOLDER, POSTAGE, CANCELLED, WRITTEN_OFF))

    assert backroom.answer("verify") == {"status": "clean", "first_bad_position": None, "problems": []}
