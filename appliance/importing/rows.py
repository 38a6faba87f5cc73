"""What a row of a sales file means: a line sold, a line given back, a stock adjustment, or a reason to reject it.

The money of a row is worked out here, with decimals, and nowhere from what the store books: the reconciliation
compares two ways of reckoning.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from typing import NamedTuple

from appliance.domain.money import MAX_AMOUNT, MAX_PRICE, MAX_QUANTITY, PRICE_PLACES, QUANTITY_PLACES
from appliance.domain.text import MAX_NAME
from appliance.importing import codes, reasons

SALE = "sale"
REFUND = "refund"

LINE = "line"
ADJUSTMENT = "adjustment"

FIRST_YEAR, LAST_YEAR = 1971, 2199  # what a record's time-ordered id can hold, and no typing error reaches
MAX_CODE = 200
MAX_COUNTRY = 64

_REMEMBERED = 65_536
_INVOICE = re.compile(r"(?P<kind>[CA]?)[0-9]{1,20}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)
_CUSTOMER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?", re.ASCII)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_EXACT = Context(prec=130)  # two numbers of sixty digits multiplied
_KINDS = {"": SALE, "C": REFUND}


class Meaning(NamedTuple):
    """A row understood: `what` is LINE or ADJUSTMENT, or None where `reason` says why it is rejected."""

    what: str | None
    reason: str | None
    money: int  # signed, in minor units; 0 where the row has no price
    priced: bool  # whether it costs anything at all: such a row's description is the product's name


class Numbers(NamedTuple):
    """Quantity and price of a row, as far as one can tell."""

    quantity: Decimal
    price: Decimal
    money: int
    fault: str | None


_NO_NUMBERS = Numbers(Decimal(0), Decimal(0), 0, reasons.BAD_NUMBER)


def meaning_of(fields: Sequence[str], fault: str | None, exponent: int) -> Meaning:
    """What a row means where the currency has so many decimals; `fault` is what the reader found wrong with it."""
    if not fields:
        return Meaning(None, fault, 0, priced=False)
    invoice, product, description, quantity, date, price, customer, country = fields
    numbers = numbers_of(quantity, price, exponent)
    reason = (
        fault
        or _invoice_fault(invoice)
        or (None if product.strip() else reasons.MISSING_PRODUCT)
        or (None if moment_of(date) else reasons.BAD_DATE)
        or numbers.fault
        or _sign_fault(invoice, product, numbers)
        or _text_fault(product, description, customer, country)
    )
    what = None if reason else ADJUSTMENT if _adjusts(invoice, numbers) else LINE
    return Meaning(what, reason, numbers.money, numbers.price > 0)


@lru_cache(maxsize=_REMEMBERED)
def invoice_kind(invoice: str) -> str | None:
    """SALE or REFUND; None for any other kind of number."""
    found = _INVOICE.fullmatch(invoice.strip())
    return _KINDS.get(found["kind"]) if found else None


@lru_cache(maxsize=_REMEMBERED)
def moment_of(text: str) -> str | None:
    """The local time of a row as 2010-12-01T08:26:00; None where it is no time."""
    text = text.strip()
    if not _MOMENT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.isoformat() if FIRST_YEAR <= moment.year <= LAST_YEAR else None


@lru_cache(maxsize=_REMEMBERED)
def numbers_of(quantity_text: str, price_text: str, exponent: int) -> Numbers:
    """Both numbers and what they come to, rounded half-even to the minor unit."""
    quantity_text, price_text = quantity_text.strip(), price_text.strip()
    if not (_NUMBER.fullmatch(quantity_text) and _NUMBER.fullmatch(price_text)):
        return _NO_NUMBERS
    quantity, price = Decimal(quantity_text), Decimal(price_text)
    product = _EXACT.multiply(quantity, price)
    money = int(_EXACT.scaleb(product, exponent).to_integral_value(ROUND_HALF_EVEN, context=_EXACT))
    fits = (
        _within(quantity, MAX_QUANTITY, QUANTITY_PLACES)
        and _within(price, MAX_PRICE, PRICE_PLACES)
        and abs(money) <= MAX_AMOUNT
    )
    return Numbers(quantity, price, money, None if fits else reasons.OUT_OF_BOUNDS)


def _within(number: Decimal, limit: int, places: int) -> bool:
    scaled = _EXACT.scaleb(number, places)
    return abs(scaled) <= limit and scaled == scaled.to_integral_value(context=_EXACT)


@lru_cache(maxsize=_REMEMBERED)
def _invoice_fault(invoice: str) -> str | None:
    if not invoice.strip():
        return reasons.MISSING_INVOICE
    found = _INVOICE.fullmatch(invoice.strip())
    if found is None:
        return reasons.UNKNOWN_INVOICE_KIND
    return None if found["kind"] in _KINDS else reasons.BOOK_DEBT_ADJUSTMENT


def _adjusts(invoice: str, numbers: Numbers) -> bool:
    return numbers.quantity < 0 and invoice_kind(invoice) == SALE


def _sign_fault(invoice: str, product: str, numbers: Numbers) -> str | None:
    quantity, price = numbers.quantity, numbers.price
    if price < 0:
        return reasons.NEGATIVE_PRICE
    if quantity == 0:
        return reasons.ZERO_QUANTITY
    if invoice_kind(invoice) == REFUND:
        return reasons.POSITIVE_QUANTITY_ON_CANCELLATION if quantity > 0 else None
    if quantity > 0:
        return None
    if price:
        return reasons.NEGATIVE_QUANTITY_WITH_PRICE
    return reasons.NEGATIVE_QUANTITY_OF_SERVICE if codes.kind_of(product.strip()) == codes.SERVICE else None


def _text_fault(product: str, description: str, customer: str, country: str) -> str | None:
    if len(product) > MAX_CODE or len(description) > MAX_NAME or len(country) > MAX_COUNTRY:
        return reasons.BAD_TEXT
    together = product + description + country
    if not together.isprintable() and _CONTROL.search(together):
        return reasons.BAD_TEXT
    customer = customer.strip()
    return reasons.BAD_CUSTOMER if customer and not _CUSTOMER.fullmatch(customer) else None
