"""What rows of a sales file mean."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import money
from appliance.domain.currency import Currency
from appliance.importing import codes, reader, reasons, rows

GOOD = {
    "invoice": "536365",
    "product": "85123A",
    "description": "HOLDER",
    "quantity": "6",
    "date": "2010-12-01T08:26:00",
    "price": "2.55",
    "customer": "17850",
    "country": "United Kingdom",
}
CENTS = 2


def meaning(fault: str | None = None, **changes: str) -> rows.Meaning:
    return rows.meaning_of([*(GOOD | changes).values()], fault, CENTS)


def test_a_positive_row_is_a_line_sold() -> None:
    assert meaning() == rows.Meaning(rows.LINE, None, 1530, priced=True)


def test_a_negative_row_of_a_cancellation_is_a_line_given_back() -> None:
    assert meaning(invoice="C536379", quantity="-1") == rows.Meaning(rows.LINE, None, -255, priced=True)


def test_a_negative_free_row_of_a_sale_adjusts_the_stock() -> None:
    assert meaning(quantity="-80995", price="0") == rows.Meaning(rows.ADJUSTMENT, None, 0, priced=False)


def test_free_rows_and_prices_below_a_penny_are_sold() -> None:
    assert meaning(price="0").what == rows.LINE
    assert meaning(price="0.001", quantity="240").money == 24


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"invoice": ""}, reasons.MISSING_INVOICE),
        ({"invoice": " "}, reasons.MISSING_INVOICE),
        ({"product": ""}, reasons.MISSING_PRODUCT),
        ({"invoice": "A563185"}, reasons.BOOK_DEBT_ADJUSTMENT),
        ({"invoice": "X1"}, reasons.UNKNOWN_INVOICE_KIND),
        ({"invoice": "c536379"}, reasons.UNKNOWN_INVOICE_KIND),
        ({"invoice": "5363/65"}, reasons.UNKNOWN_INVOICE_KIND),
        ({"invoice": "٥٣٦٣٦٥"}, reasons.UNKNOWN_INVOICE_KIND),
        ({"date": "yesterday"}, reasons.BAD_DATE),
        ({"date": "2011-02-30T08:26:00"}, reasons.BAD_DATE),
        ({"date": "0001-01-01T00:00:00"}, reasons.BAD_DATE),
        ({"date": "2010-12-01T08:26:00+01:00"}, reasons.BAD_DATE),
        ({"quantity": "six"}, reasons.BAD_NUMBER),
        ({"quantity": ""}, reasons.BAD_NUMBER),
        ({"price": "2,55"}, reasons.BAD_NUMBER),
        ({"price": "NaN"}, reasons.BAD_NUMBER),
        ({"price": "1e3"}, reasons.BAD_NUMBER),
        ({"price": "£2.55"}, reasons.BAD_NUMBER),
        ({"quantity": "1000001"}, reasons.OUT_OF_BOUNDS),
        ({"quantity": "0.0001"}, reasons.OUT_OF_BOUNDS),
        ({"price": "0.0000001"}, reasons.OUT_OF_BOUNDS),
        ({"price": "1000000", "quantity": "1000000"}, reasons.OUT_OF_BOUNDS),
        ({"price": "-1"}, reasons.NEGATIVE_PRICE),
        ({"quantity": "0"}, reasons.ZERO_QUANTITY),
        ({"quantity": "-0.000"}, reasons.ZERO_QUANTITY),
        ({"quantity": "-1"}, reasons.NEGATIVE_QUANTITY_WITH_PRICE),
        ({"quantity": "-1", "price": "0", "product": "POST"}, reasons.NEGATIVE_QUANTITY_OF_SERVICE),
        ({"invoice": "C536379"}, reasons.POSITIVE_QUANTITY_ON_CANCELLATION),
        ({"description": "HOL\0DER"}, reasons.BAD_TEXT),
        ({"description": "H" * 201}, reasons.BAD_TEXT),
        ({"country": "\x1b[31m"}, reasons.BAD_TEXT),
        ({"customer": "Ms Miller"}, reasons.BAD_CUSTOMER),
    ],
)
def test_a_row_that_cannot_be_booked_has_a_reason(changes: dict[str, str], reason: str) -> None:
    found = meaning(**changes)

    assert (found.what, found.reason) == (None, reason)
    assert reasons.in_words(reason) != reason


def test_a_rejected_row_keeps_its_money_for_the_reconciliation() -> None:
    assert meaning(invoice="A563186", price="-11062.06", quantity="1").money == -1106206


def test_a_row_without_numbers_is_worth_nothing() -> None:
    assert meaning(price="2,55").money == 0


def test_what_the_reader_found_comes_first() -> None:
    assert meaning(fault=reader.BAD_ENCODING, quantity="0").reason == reader.BAD_ENCODING


def test_letters_beyond_ascii_are_fit_for_a_description() -> None:
    assert meaning(description="Gift Voucher £40.00").reason is None


@given(st.integers(-80_995, 80_995), st.integers(0, 10**9))
def test_the_file_and_the_store_round_alike(quantity: int, millionths: int) -> None:
    price = Decimal(millionths).scaleb(-6)

    of_the_file = rows.numbers_of(str(quantity), f"{price:f}", CENTS).money

    assert of_the_file == money.extended(quantity * money.QUANTITY_UNIT, millionths, Currency.of("GBP"))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("85123A", codes.STOCKED),
        ("DCGS0076", codes.STOCKED),
        ("gift_0001_40", codes.STOCKED),
        ("PADS", codes.STOCKED),
        *[(code, codes.SERVICE) for code in ("POST", "DOT", "M", "m", "D", "S", "C2", "B", "CRUK", "BANK CHARGES")],
    ],
)
def test_goods_are_told_from_services_by_their_code(code: str, kind: str) -> None:
    assert codes.kind_of(code) == kind


def test_codes_are_ids_as_written_and_differ_by_case() -> None:
    assert codes.product_id_of("85123a") == "85123a"
    assert codes.product_id_of("m") != codes.product_id_of("M")


@pytest.mark.parametrize("code", ["BANK CHARGES", "-1", "Ä", "x" * 200, "a/b", "."])
def test_a_code_that_is_no_id_gets_a_readable_one_of_its_own(code: str) -> None:
    found = codes.product_id_of(code)

    assert codes.product_id_of(found) == found
    assert found != codes.product_id_of(code + "x")
