"""What a scanned code may stand for: itself, another form of the same GTIN, or a label with a price or weight in it.

A code is first of all what is written on the goods: it is kept and looked up as it stands, upper and lower case apart.
Only where no product lists it are its other forms tried. The rules of GS1 for that are a large table to load: they
come in with the first code that needs them, or with `prepare`, and no start waits for them.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import cast

MAX_CODE = 64
# The regions whose rules for price- and weight-embedded codes are known.
REGIONS = frozenset({"de", "dk", "ee", "fi", "gb", "lt", "lv", "no", "se", "us"})

_GTIN_LENGTHS = frozenset({8, 12, 13, 14})
_UPC_E_LENGTH = 8
_RULES = "appliance.barcodes.labels"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedCode:
    """A code taken apart.

    `keys` are the forms to look up, in order, the code as written first. `base_keys` name the product of a label that
    carries its own `price` (of the whole package) or `quantity` (a weight in kg, or a count), with those set to zero.
    `error` says what is wrong with a code that has the length of a GTIN and is none; its `keys` still stand.
    """

    code: str
    gtin: str | None = None  # in 14 digits
    keys: tuple[str, ...]
    base_keys: tuple[str, ...] = ()
    price: str | None = None
    quantity: str | None = None
    error: str | None = None


def scan(code: str, region: str | None = None) -> ScannedCode:
    """Take a code apart by the rules of a region, one of REGIONS; never fails."""
    if len(code) not in _GTIN_LENGTHS or not (code.isascii() and code.isdigit()):
        return ScannedCode(code=code, keys=(code,))
    return cast("ScannedCode", importlib.import_module(_RULES).take_apart(code, region))


def gtin_error(code: str) -> str | None:
    """Why a code that can only be meant as a GTIN is none; nothing for house codes.

    Eight digits are never judged: house codes and UPC-E look the same.
    """
    if len(code) == _UPC_E_LENGTH:
        return None
    return scan(code).error


def prepare() -> None:
    """Load the rules before the first code that needs them."""
    importlib.import_module(_RULES)
