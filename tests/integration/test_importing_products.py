"""`backroom import products`."""

from pathlib import Path

import pytest

from tests.support.command_line import Backroom, backroom_in

HEADER = "product_id,name,kind,tax_code,price,barcodes,shelf"
COFFEE = "coffee,Coffee beans,stocked,reduced,6.5,9521000000018|9521000000025,A1"
WRAP = "wrap,Gift wrapping,service,standard,,,"


@pytest.fixture
def backroom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backroom:
    return backroom_in(tmp_path, capsys)


def products_file(backroom: Backroom, *rows: str, header: str = HEADER) -> Path:
    path = backroom.config.parent / "products.csv"
    path.write_text("\n".join((header, *rows, "")))
    return path


def test_products_are_defined_with_price_barcodes_and_shelf(backroom: Backroom) -> None:
    found = backroom.answer("import", "products", products_file(backroom, COFFEE, WRAP))

    coffee = backroom.answer("products", "show", "coffee")
    assert (found["rows_read"], found["defined"], found["rejected"]) == (2, 2, 0)
    assert (coffee["price"], coffee["barcodes"], coffee["shelf"]) == ("6.50", ["9521000000018", "9521000000025"], "A1")
    assert backroom.answer("products", "show", "wrap")["kind"] == "service"


def test_a_second_run_defines_nothing(backroom: Backroom) -> None:
    path = products_file(backroom, COFFEE, WRAP)
    backroom.ok("import", "products", path)
    dump = backroom.ok("dump").out

    found = backroom.answer("import", "products", path)

    assert (found["defined"], found["unchanged"]) == (0, 2)
    assert backroom.ok("dump").out == dump


def test_only_what_changed_in_the_file_is_defined_again(backroom: Backroom) -> None:
    backroom.ok("import", "products", products_file(backroom, COFFEE, WRAP))

    found = backroom.answer("import", "products", products_file(backroom, COFFEE.replace("6.5", "6.9"), WRAP))

    assert (found["defined"], found["unchanged"]) == (1, 1)
    assert backroom.answer("products", "show", "coffee")["price"] == "6.90"


def test_columns_that_say_nothing_may_be_left_out(backroom: Backroom) -> None:
    path = products_file(backroom, "tea,Black tea,zero", header="product_id,name,tax_code")

    assert backroom.answer("import", "products", path)["defined"] == 1


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("coffee,Coffee,stocked,nonsense,1,,", "tax code"),
        ("coffee,Coffee,stocked,zero,dear,,", "price"),
        ("coffee,Coffee,stocked,zero,1,9521000000013,", "check digit"),
        ("not/an id,Coffee,stocked,zero,1,,", "id"),
        (",Coffee,stocked,zero,1,,", "product_id"),
        ("coffee,Coffee,stocked", "last field"),
    ],
)
def test_a_bad_row_is_named_and_the_rest_defined(backroom: Backroom, row: str, why: str) -> None:
    said = backroom("import", "products", products_file(backroom, row, WRAP), "--json")

    assert said.code == 1
    assert (said.json["defined"], said.json["problems"][0]["line"]) == (1, 2)
    assert why in said.json["problems"][0]["detail"]


def test_a_file_without_the_columns_it_needs_is_refused_in_one_line(backroom: Backroom) -> None:
    said = backroom("import", "products", products_file(backroom, COFFEE, header="id,name"))

    assert said.code == 1
    assert said.err.startswith("error: The input cannot be used: products.csv lacks the column(s) product_id, tax_code")
    assert said.err.count("\n") == 1
