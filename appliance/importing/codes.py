"""What a retailer's product code says: which goods lie on a shelf, and under which id the store keeps them."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

STOCKED = "stocked"
SERVICE = "service"

MAX_ID = 64
_DIGEST_CHARACTERS = 8
_ID = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{MAX_ID - 1}}}")
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


class KindRule(NamedTuple):
    """Codes of one form, what they are, and how we know."""

    form: re.Pattern[str]
    kind: str
    why: str


KIND_RULES = (
    KindRule(re.compile(r"[0-9]{5}.*"), STOCKED, "the retailer numbers its goods; what follows is a colour or a size"),
    KindRule(re.compile(r"DCGS.+"), STOCKED, "goods kept for a partner's shop"),
    KindRule(re.compile(r"gift_.+"), STOCKED, "vouchers are printed cards, and there can be too few of them"),
    KindRule(re.compile(r"PADS"), STOCKED, "cushion pads are goods, whatever their code"),
    KindRule(re.compile(r".*"), SERVICE, "postage, carriage, fees, discounts, corrections: nothing to count"),
)
"""Read from the top; the first form that fits the whole code decides."""


@lru_cache(maxsize=16_384)
def kind_of(code: str) -> str:
    """Whether a code stands for goods or for a service."""
    return next(rule.kind for rule in KIND_RULES if rule.form.fullmatch(code))


@lru_cache(maxsize=16_384)
def product_id_of(code: str) -> str:
    """The id of a code: the code as written, or a readable stand-in where it does not fit into an id.

    Case is kept, since codes may differ in nothing else. A stand-in ends in a digest of the code, so that two codes
    never share an id: "BANK CHARGES" becomes "BANK_CHARGES-" and eight characters.
    """
    if _ID.fullmatch(code):
        return code
    digest = sha256(code.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    readable = _UNFIT.sub("_", code).lstrip("._-")[: MAX_ID - 1 - _DIGEST_CHARACTERS]
    return f"{readable or 'code'}-{digest}"
