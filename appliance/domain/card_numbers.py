"""Numbers of payment cards: found in free text, and kept out of the log, where nothing is ever deleted.

Whether a field is free text is a matter of its kind, never of what stands in it: one GTIN-13 in ten passes the check
of card numbers by accident, and a barcode, an id or a version has to be taken as it is.
"""

from __future__ import annotations

import re

from appliance.domain.refusals_privacy import CardNumberRefused

SHORTEST, LONGEST = 13, 19  # ISO/IEC 7812
LONGEST_PHONE = 15  # E.164

CODE_FIELDS = frozenset(
    {
        "adjustments",
        "amount",
        "at",
        "barcode",
        "barcodes",
        "client_ref",
        "code",
        "counted",
        "currency",
        "id",
        "lines",
        "number",
        "percent",
        "picked",
        "pin",
        "price",
        "quantity",
        "sku",
        "tax_code",
        "unit_price",
        "version",
    }
)
"""Fields whose words are codes, figures or moments, beside all that end in one of CODE_ENDINGS."""
CODE_ENDINGS = ("_at", "_date", "_from", "_id", "_ids", "_number", "_position", "_until", "_version")

_GAP = r"[ .\-\u00a0\u2007\u2010-\u2015\u202f]{1,3}"
_RUN = re.compile(rf"\d(?:(?:{_GAP})?\d){{{SHORTEST - 1},}}")
_GROUP = re.compile(r"\d+")
# The second figure of a pair counts twice, less nine where that has two figures.
_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")
_ZERO = ord("0")


def is_text(at: str) -> bool:
    """Whether the field that a JSON pointer leads to is free text; a list's items are what the list is."""
    name = next((part for part in reversed(at.split("/")) if part and not part.isdecimal()), "")
    return name not in CODE_FIELDS and not name.endswith(CODE_ENDINGS)


def check_no_card(text: str, at: str) -> None:
    """Raises CardNumberRefused where free text holds a card's number."""
    if len(text) >= SHORTEST and is_text(at) and holds_card(text, phone=at.endswith("/phone")):
        detail = "The text holds what passes for the number of a payment card."
        raise CardNumberRefused(detail, at=at)


def holds_card(text: str, *, phone: bool = False) -> bool:
    """Whether 13 to 19 figures of it, written together or in groups, are a card's number.

    A `phone` in international form is none, though the same check would pass one in ten of them.
    """
    if phone and _is_phone(text):
        return False
    return any(_in_run(found.group()) for found in _RUN.finditer(text))


def _is_phone(text: str) -> bool:
    figures = "".join(_GROUP.findall(text)).removeprefix("00")
    return text.lstrip().startswith(("+", "00")) and len(figures) <= LONGEST_PHONE


def _in_run(run: str) -> bool:
    """Whether it or some of its neighbouring groups are one: a till's number may stand before the card's."""
    ends = [0]
    for group in _GROUP.findall(run):
        ends.append(ends[-1] + len(group))
    figures = _figures(run)
    return any(
        _passes(figures[begin:end]) for begin in ends[:-1] for end in ends[1:] if SHORTEST <= end - begin <= LONGEST
    )


def _figures(run: str) -> str:
    figures = "".join(_GROUP.findall(run))
    return figures if figures.isascii() else "".join([str(int(each)) for each in figures])  # of whatever script


def _passes(figures: str) -> bool:
    """Luhn's check; nothing but zeroes is no card."""
    last_first = figures.encode("ascii")[::-1]
    total = sum(last_first[::2]) + sum(last_first[1::2].translate(_DOUBLED)) - _ZERO * len(last_first)
    return total % 10 == 0 and bool(figures.strip("0"))
