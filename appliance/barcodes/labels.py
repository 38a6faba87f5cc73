"""The rules of GS1 for codes that stand for more than themselves: GTINs in every length, and labels with a measure."""

from __future__ import annotations

from functools import lru_cache

from biip import EncodeError, ParseConfig, ParseError
from biip.checksums import gs1_price_weight_check_digit, gs1_standard_check_digit
from biip.gtin import Gtin
from biip.rcn import Rcn, RcnRegion
from biip.upc import Upc

from appliance.barcodes import ScannedCode

_UNITED_STATES = "us"
_UPC_E_LENGTH = 8
# A hundred labels scanned over and over, and each costs tens of microseconds to take apart.
_REMEMBERED = 4_096


@lru_cache(maxsize=_REMEMBERED)
def take_apart(code: str, region: str | None) -> ScannedCode:
    """A code of digits, as long as a GTIN, by the rules of a region."""
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
