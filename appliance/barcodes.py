"""What a scanned code may stand for: itself, another form of the same GTIN, or a label with a price or weight in it.

A code is first of all what is written on the goods: it is kept and looked up as it stands, upper and lower case apart.
Only where no product lists it are its other forms tried.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from biip import EncodeError, ParseConfig, ParseError
from biip.checksums import gs1_price_weight_check_digit, gs1_standard_check_digit
from biip.gtin import Gtin
from biip.rcn import Rcn, RcnRegion
from biip.upc import Upc

MAX_CODE = 64
_UNITED_STATES = "us"
# The regions whose rules for price- and weight-embedded codes are known.
REGIONS = frozenset({region.value for region in RcnRegion} | {_UNITED_STATES})

_GTIN_LENGTHS = frozenset({8, 12, 13, 14})
_UPC_E_LENGTH = 8
# A hundred labels scanned over and over, and each costs tens of microseconds to take apart.
_REMEMBERED = 4_096


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
    return _scan(code, region)


def gtin_error(code: str) -> str | None:
    """Why a code that can only be meant as a GTIN is none; nothing for house codes.

    Eight digits are never judged: house codes and UPC-E look the same.
    """
    if len(code) == _UPC_E_LENGTH:
        return None
    return scan(code).error


@lru_cache(maxsize=_REMEMBERED)
def _scan(code: str, region: str | None) -> ScannedCode:
    try:
        return _of_gtin(code, Gtin.parse(code, config=_config(region)), region)
    except ParseError as error:
        gtin = _variable_measure_unread(code)
        if gtin is not None:
            return ScannedCode(code=code, gtin=gtin.as_gtin_14(), keys=_forms(code, gtin), error=str(error))
        return _of_upc_e(code, str(error))


def _config(region: str | None) -> ParseConfig:
    known = None if region is None or region == _UNITED_STATES else RcnRegion(region)
    return ParseConfig(rcn_region=known)


def _variable_measure_unread(code: str) -> Gtin | None:
    """The GTIN of a label whose own check digit is right and only that of its price is wrong."""
    try:
        return Gtin.parse(code)
    except ParseError:
        return None


def _of_gtin(code: str, gtin: Gtin, region: str | None) -> ScannedCode:
    keys = _forms(code, gtin)
    if region == _UNITED_STATES:
        return _of_united_states(code, gtin, keys)
    if not isinstance(gtin, Rcn) or (gtin.price is None and gtin.weight is None and gtin.count is None):
        upc_e = _upc_e_forms(code)
        return ScannedCode(code=code, gtin=gtin.as_gtin_14(), keys=_unique(*keys, *upc_e))
    base = gtin.without_variable_measure()
    return ScannedCode(
        code=code,
        gtin=gtin.as_gtin_14(),
        keys=keys,
        base_keys=_forms(base.as_gtin_13(), base),
        price=None if gtin.price is None else f"{gtin.price:f}",
        quantity=_measure(gtin),
    )


def _measure(label: Rcn) -> str | None:
    if label.weight is not None:
        return f"{label.weight:f}"
    return None if label.count is None else str(label.count)


def _of_united_states(code: str, gtin: Gtin, keys: tuple[str, ...]) -> ScannedCode:
    """UPC type 2: 2, five digits of item, a check digit over the price, four digits of price, check digit."""
    digits = gtin.as_gtin_14()
    if not digits.startswith("002"):
        return ScannedCode(code=code, gtin=digits, keys=_unique(*keys, *_upc_e_forms(code)))
    upc, price = digits[2:], digits[9:13]
    if gs1_price_weight_check_digit(price) != int(upc[6]):
        return ScannedCode(code=code, gtin=digits, keys=keys, error=f"The check digit of the price in {code} is wrong.")
    payload = f"{upc[:6]}00000"
    base = Gtin.parse(f"{payload}{gs1_standard_check_digit(payload)}")
    return ScannedCode(
        code=code,
        gtin=digits,
        keys=keys,
        base_keys=_forms(base.as_gtin_12(), base),
        price=f"{int(price[:2])}.{price[2:]}",
    )


def _of_upc_e(code: str, error: str) -> ScannedCode:
    forms = _upc_e_forms(code)
    if not forms:
        return ScannedCode(code=code, keys=(code,), error=error)
    return ScannedCode(code=code, gtin=forms[0], keys=(code, *forms))


def _upc_e_forms(code: str) -> tuple[str, ...]:
    """The forms of the UPC-A that eight digits may be short for."""
    if len(code) != _UPC_E_LENGTH:
        return ()
    try:
        upc_a = Gtin.parse(Upc.parse(code).as_upc_a())
    except ParseError:
        return ()
    return _forms(upc_a.as_gtin_14(), upc_a)


def _forms(first: str, gtin: Gtin) -> tuple[str, ...]:
    """A GTIN in every length it can be written in, `first` leading."""
    forms = [first, gtin.as_gtin_14()]
    for shorter in (gtin.as_gtin_13, gtin.as_gtin_12, gtin.as_gtin_8):
        try:
            forms.append(shorter())
        except EncodeError:
            break  # it has too many digits for this form, and for all that are shorter
    return _unique(*forms)


def _unique(*keys: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(keys))
