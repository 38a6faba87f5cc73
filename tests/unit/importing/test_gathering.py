"""Rows into invoices."""

from appliance.importing import reader, reasons
from appliance.importing.batch import Adjustment, Line
from appliance.importing.invoices import FileContents, gather
from appliance.importing.reader import Row


def row(line: int, invoice: str, product: str, quantity: str = "1", price: str = "2", **more: str) -> Row:
    fields = (
        invoice,
        product,
        more.get("name", product.lower()),
        quantity,
        more.get("at", "2010-12-01T08:26:00"),
        price,
        more.get("customer", ""),
        more.get("country", ""),
    )
    return Row(line, fields, None)


def gathered(*rows: Row) -> FileContents:
    return gather(rows, exponent=2)


def test_rows_of_one_invoice_need_not_stand_together() -> None:
    found = gathered(row(2, "1", "11111"), row(3, "2", "22222"), row(4, "1", "33333"))

    assert list(found.invoices) == ["1", "2"]
    assert found.invoices["1"].lines == [2, 4]


def test_the_same_product_twice_stays_two_lines() -> None:
    found = gathered(row(2, "1", "11111", "1"), row(3, "1", "11111", "5"))

    assert found.invoices["1"].invoice.lines == [Line("11111", "1", "2"), Line("11111", "5", "2")]


def test_the_first_time_and_customer_count() -> None:
    found = gathered(
        row(2, "1", "11111", at="2010-12-01T08:26:00", customer="17850"),
        row(3, "1", "11111", at="2010-12-01 08:27", customer="12345"),
    )

    invoice = found.invoices["1"].invoice
    assert (invoice.at, invoice.customer_id) == ("2010-12-01T08:26:00", "17850")


def test_a_cancellation_gives_back_positive_quantities() -> None:
    invoice = gathered(row(2, "C1", "11111", "-12")).invoices["C1"].invoice

    assert (invoice.refund, invoice.lines) == (True, [Line("11111", "12", "2")])


def test_a_negative_free_row_becomes_an_adjustment_for_the_reason_it_states() -> None:
    invoice = gathered(row(2, "1", "11111", "-3", "0", name="damaged")).invoices["1"].invoice

    assert (invoice.lines, invoice.adjustments) == ([], [Adjustment("11111", "-3", "damaged")])


def test_one_bad_row_leaves_the_rest_of_its_invoice() -> None:
    found = gathered(row(2, "1", "11111"), row(3, "1", "22222", "0"))

    assert found.invoices["1"].lines == [2]
    assert [(each.line, each.reason) for each in found.rejected] == [(3, reasons.ZERO_QUANTITY)]


def test_an_invoice_of_bad_rows_only_does_not_exist() -> None:
    assert gathered(row(2, "A1", "B")).invoices == {}


def test_every_row_and_its_money_is_counted() -> None:
    found = gathered(row(2, "1", "11111"), row(3, "A1", "B", price="-5"), Row(4, (), reader.TRUNCATED_ROW))

    assert (found.rows, found.money) == (3, 200 - 500)


def test_a_name_comes_from_a_row_that_costs_something_where_there_is_one() -> None:
    found = gathered(
        row(2, "1", "11111", "-3", "0", name="damaged"),
        row(3, "2", "11111", name=""),
        row(4, "3", "11111", name="WHITE LANTERN"),
        row(5, "4", "22222", price="0", name="ebay"),
        row(6, "5", "33333", name=""),
    )

    assert found.names == {"11111": "WHITE LANTERN", "22222": "ebay"}


def test_a_batch_names_every_product_once() -> None:
    found = gathered(row(2, "1", "11111"), row(3, "2", "11111"), row(4, "2", "POST", name=""))

    batch = found.on_the_wire(found.invoices.values())

    assert [(each.product_id, each.name, each.kind) for each in batch.products] == [
        ("11111", "11111", "stocked"),
        ("POST", "POST", "service"),
    ]


def test_batches_keep_the_order_and_lose_nothing() -> None:
    found = gathered(*[row(line, str(line // 3), "11111") for line in range(2, 100)])

    batches = list(found.batches(lines=10))

    assert [each for batch in batches for each in batch] == list(found.invoices.values())
    assert all(sum(len(each.lines) for each in batch) <= 12 for batch in batches)
