"""The count at the end of an import: what balances, and what must not."""

import pytest

from appliance.importing.batch import ALREADY, BOOKED, DIFFERENT, REFUSED, Invoice, Result, Standing
from appliance.importing.invoices import FileContents, Gathered, RejectedRow
from appliance.importing.reconciliation import Reconciliation


def gathered(number: str = "1", rows: int = 2, money: int = 500) -> Gathered:
    invoice = Invoice(number=number, refund=number.startswith("C"), at="2010-12-01T08:26:00")
    return Gathered(invoice, lines=list(range(2, 2 + rows)), money=money)


def holding(*invoices: Gathered, rejected: tuple[RejectedRow, ...] = ()) -> FileContents:
    return FileContents(
        invoices={each.invoice.number: each for each in invoices},
        rejected=[*rejected],
        rows=sum(len(each.lines) for each in invoices) + len(rejected),
        money=sum(each.money for each in invoices) + sum(each.money for each in rejected),
    )


def standing(store_total: int, documents_total: int | None = None) -> Standing:
    documents = store_total if documents_total is None else documents_total
    return Standing(
        currency="GBP", exponent=2, timezone="Europe/London", store_total=store_total, documents_total=documents
    )


def counted(result: Result, stands: Standing, *rejected: RejectedRow, number: str = "1") -> Reconciliation:
    count, invoice = Reconciliation(), gathered(number)
    count.add_file(holding(invoice, rejected=rejected))
    count.settle(invoice, result)
    count.conclude(stands)
    return count


def test_what_is_booked_whole_balances() -> None:
    count = counted(Result(number="1", outcome=BOOKED, total=500), standing(500))

    assert count.balanced
    assert (count.rows_booked, count.invoices, count.refunds) == (2, 1, 0)


def test_what_was_booked_before_balances_as_well() -> None:
    count = counted(Result(number="1", outcome=ALREADY, total=500), standing(500))

    assert (count.balanced, count.already_booked) == (True, 1)


def test_money_the_store_has_from_elsewhere_is_told_apart() -> None:
    count = counted(Result(number="1", outcome=BOOKED, total=500), standing(800))

    assert (count.balanced, count.other_total) == (True, 300)


def test_rejected_rows_keep_the_balance() -> None:
    row = RejectedRow(9, "negative_price", -700, ())

    count = counted(Result(number="1", outcome=BOOKED, total=500), standing(500), row)

    assert (count.balanced, count.rejected_total, count.file_total) == (True, -700, -200)


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (Result(number="1", outcome=REFUSED, code="too-many"), "refused_too-many"),
        (Result(number="1", outcome=DIFFERENT), "already_booked_differently"),
    ],
)
def test_an_invoice_that_is_not_booked_is_rejected_row_by_row(result: Result, reason: str) -> None:
    count = counted(result, standing(0))

    assert (count.rejected, count.balanced, count.rows_booked) == ({reason: 2}, True, 0)


def test_a_store_that_booked_another_amount_does_not_balance() -> None:
    assert not counted(Result(number="1", outcome=BOOKED, total=499), standing(499)).balanced


def test_day_reports_that_differ_from_the_documents_do_not_balance() -> None:
    assert not counted(Result(number="1", outcome=BOOKED, total=500), standing(499, documents_total=500)).balanced


def test_a_row_that_is_neither_booked_nor_rejected_does_not_balance() -> None:
    count = Reconciliation()
    count.add_file(holding(gathered(money=0)))
    count.conclude(standing(0))

    assert not count.balanced


def test_a_file_that_could_not_be_read_to_its_end_does_not_balance() -> None:
    count = counted(Result(number="1", outcome=BOOKED, total=500), standing(500))
    count.unreadable.append("sales.csv.xz: damaged")

    assert not count.balanced


def test_cancellations_are_counted_as_refunds() -> None:
    count = counted(Result(number="C1", outcome=BOOKED, total=500), standing(500), number="C1")

    assert (count.invoices, count.refunds) == (0, 1)
