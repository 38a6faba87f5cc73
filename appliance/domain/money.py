"""Exact money, in integers only: quantities in thousandths, unit prices in millionths of the currency.

Decimal strings come in and go out; between the two there is nothing but whole numbers, so that no result
depends on a decimal context or a float, and a sale line costs two multiplications.
"""

from __future__ import annotations

from functools import lru_cache

from appliance.domain.currency import Currency
from appliance.domain.refusals import InvalidAmount, InvalidPrice, InvalidQuantity

QUANTITY_PLACES = 3
QUANTITY_UNIT: int = 10**QUANTITY_PLACES
PRICE_PLACES = 6
PRICE_UNIT: int = 10**PRICE_PLACES

MAX_QUANTITY: int = 1_000_000 * QUANTITY_UNIT
MAX_PRICE: int = 1_000_000 * PRICE_UNIT
# Of one document, in minor units. Nine million such documents still add up within a 64-bit column.
MAX_AMOUNT: int = 10**12
# No decimal within the bounds is longer, and what is longer is never looked at.
MAX_DECIMAL_LENGTH = 20
# A thousandth times a millionth, in minor units of a currency of 0, 1, 2, 3 or 4 decimals.
_PER_MINOR_UNIT = tuple(10 ** (QUANTITY_PLACES + PRICE_PLACES - exponent) for exponent in range(5))
# Prices and quantities repeat all day; these bound the memory that remembers them.
REMEMBERED = 16_384


def divide_half_even(numerator: int, denominator: int) -> int:
    """The nearest whole number to a fraction, ties to the even one; the denominator is positive."""
    quotient, rest = divmod(numerator, denominator)
    double = rest + rest
    if double > denominator or (double == denominator and quotient & 1):
        return quotient + 1
    return quotient


def scaled(text: str, places: int) -> int | None:
    """The decimal `text` times 10**places, exactly; None where it is no plain decimal of so few places."""
    if len(text) > MAX_DECIMAL_LENGTH:
        return None
    return _scaled(text, places)


@lru_cache(maxsize=REMEMBERED)
def _scaled(text: str, places: int) -> int | None:
    whole, point, fraction = text.removeprefix("-").partition(".")
    if not text.isascii() or not whole.isdigit() or (point and not fraction.isdigit()) or len(fraction) > places:
        return None
    value = int(whole + fraction.ljust(places, "0"))
    return -value if text.startswith("-") else value


@lru_cache(maxsize=REMEMBERED)
def unscaled(value: int, places: int, at_least: int = 0) -> str:
    """The decimal that `scaled` reads back as `value`, with no zeros at its end beyond `at_least` places."""
    sign = "-" if value < 0 else ""
    digits = str(abs(value)).rjust(places + 1, "0")
    whole, fraction = digits[: len(digits) - places], digits[len(digits) - places :]
    fraction = fraction.rstrip("0").ljust(at_least, "0")
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def quantity(text: str) -> int:
    """A quantity that is sold, received or refunded, in thousandths: more than nothing."""
    value = signed_quantity(text)
    if value <= 0:
        raise InvalidQuantity(f"The quantity {text} must be more than zero.", at="/quantity", quantity=text)
    return value


def signed_quantity(text: str, at: str = "/quantity") -> int:
    """A quantity of either sign, in thousandths, within what a store can hold."""
    value = scaled(text, QUANTITY_PLACES)
    if value is None:
        raise InvalidQuantity(
            f"{text[:MAX_DECIMAL_LENGTH]!r} is no quantity: a decimal of at most {QUANTITY_PLACES} places.",
            at=at,
        )
    if not -MAX_QUANTITY <= value <= MAX_QUANTITY:
        raise InvalidQuantity(f"The quantity {text} is beyond 1000000.", at=at, quantity=text)
    return value


def unit_price(text: str) -> int:
    """A unit price in millionths of the currency: nothing or more."""
    value = scaled(text, PRICE_PLACES)
    if value is None:
        raise InvalidPrice(
            f"{text[:MAX_DECIMAL_LENGTH]!r} is no price: a decimal of at most {PRICE_PLACES} places.",
            at="/unit_price",
        )
    if not 0 <= value <= MAX_PRICE:
        raise InvalidPrice(f"The price {text} is not between 0 and 1000000.", at="/unit_price", unit_price=text)
    return value


def quantity_text(value: int) -> str:
    """A quantity as it stands in events: "1.5" for 1500 thousandths."""
    return unscaled(value, QUANTITY_PLACES)


def price_text(value: int, currency: Currency) -> str:
    """A unit price as it stands in events, with at least the currency's places: "2.50", "0.001", "3" yen."""
    return unscaled(value, PRICE_PLACES, currency.exponent)


def extended(quantity_thousandths: int, price_millionths: int, currency: Currency) -> int:
    """Quantity times unit price, rounded half-even to the minor unit."""
    return divide_half_even(quantity_thousandths * price_millionths, _PER_MINOR_UNIT[currency.exponent])


def amount(value: int, at: str, *, least: int = 0) -> int:
    """A sum of money in minor units that a person could have meant."""
    if not least <= value <= MAX_AMOUNT:
        raise InvalidAmount(f"The amount {value} is not between {least} and {MAX_AMOUNT}.", at=at, amount=value)
    return value
