"""Why a row of a sales file is not booked: stable words for `--json`, and a sentence each for people."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.importing import reader

ALREADY_BOOKED_DIFFERENTLY = "already_booked_differently"
BAD_CUSTOMER = "bad_customer"
BAD_DATE = "bad_date"
BAD_NUMBER = "bad_number"
BAD_TEXT = "bad_text"
BOOK_DEBT_ADJUSTMENT = "book_debt_adjustment"
MISSING_INVOICE = "missing_invoice"
MISSING_PRODUCT = "missing_product"
NEGATIVE_PRICE = "negative_price"
NEGATIVE_QUANTITY_OF_SERVICE = "negative_quantity_of_service"
NEGATIVE_QUANTITY_WITH_PRICE = "negative_quantity_with_price"
OUT_OF_BOUNDS = "out_of_bounds"
POSITIVE_QUANTITY_ON_CANCELLATION = "positive_quantity_on_cancellation"
REPEATED_INVOICE = "repeated_invoice"
UNKNOWN_INVOICE_KIND = "unknown_invoice_kind"
ZERO_QUANTITY = "zero_quantity"

REFUSED = "refused_"
"""Before the code of a refusal: the store said no to the invoice as a whole, as it would have to a till."""

IN_WORDS: Mapping[str, str] = {
    reader.BAD_ENCODING: "the line is not UTF-8",
    reader.BAD_QUOTING: "a quotation mark is not closed",
    reader.LINE_TOO_LONG: f"the line is longer than {reader.MAX_LINE_BYTES} bytes",
    reader.MISSING_COLUMNS: "the file's first line lacks a column",
    reader.TOO_MANY_FIELDS: "the line has more fields than the first line has columns",
    reader.TRUNCATED_ROW: "the line ends before its last field",
    ALREADY_BOOKED_DIFFERENTLY: "the invoice has been booked with other rows",
    BAD_CUSTOMER: "the customer's number does not fit into an id",
    BAD_DATE: "the date is not written like 2010-12-01T08:26:00",
    BAD_NUMBER: "quantity or price is not a plain decimal number",
    BAD_TEXT: "a text is too long or has control characters",
    BOOK_DEBT_ADJUSTMENT: "the invoice adjusts book debts: nothing was sold",
    MISSING_INVOICE: "there is no invoice number",
    MISSING_PRODUCT: "there is no product code",
    NEGATIVE_PRICE: "nothing sells below zero",
    NEGATIVE_QUANTITY_OF_SERVICE: "a negative free line of a service: it has no stock to adjust",
    NEGATIVE_QUANTITY_WITH_PRICE: "money goes back on an invoice that is no cancellation",
    OUT_OF_BOUNDS: "quantity, price or amount is beyond what a store can book",
    POSITIVE_QUANTITY_ON_CANCELLATION: "something is sold on a cancellation",
    REPEATED_INVOICE: "the same invoice stands in an earlier file of this run",
    UNKNOWN_INVOICE_KIND: "the invoice number is neither digits nor digits behind a C or an A",
    ZERO_QUANTITY: "the line is of nothing",
}


def in_words(reason: str) -> str:
    """The sentence for a reason."""
    if reason.startswith(REFUSED):
        return f"the store refused the invoice: {reason.removeprefix(REFUSED).replace('-', ' ')}"
    return IN_WORDS.get(reason, reason)
