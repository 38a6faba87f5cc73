"""Tax of one line: inclusive (the price has it in) or additive (it comes on top), by a rate in percent."""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.domain.events import TaxPart
from appliance.domain.money import PRICE_PLACES, divide_half_even, scaled, unscaled
from appliance.domain.refusals import InvalidRate

_PERCENT: int = 10**PRICE_PLACES
_WHOLE = 100 * _PERCENT
MAX_RATE = 1000 * _PERCENT


@dataclass(frozen=True, slots=True, eq=False)
class TaxRate:
    """How a tax code is taxed: percent as a decimal string, and whether prices have the tax in them.

    Compared by identity: it is part of the key under which reckoned lines are remembered, on the way of every sale.
    """

    rate: str
    inclusive: bool
    millionths: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        value = scaled(self.rate, PRICE_PLACES)
        if value is None or not 0 <= value <= MAX_RATE:
            raise InvalidRate(f"{self.rate[:20]!r} is no tax rate between 0 and 1000 percent.", at="/rate")
        object.__setattr__(self, "millionths", value)
        object.__setattr__(self, "rate", unscaled(value, PRICE_PLACES))


def tax_on(code: str, rate: TaxRate, net_of_discounts: int) -> TaxPart:
    """The tax in what a line comes to; `base` + `amount` of it is what the customer pays, to the minor unit."""
    if rate.inclusive:
        tax = divide_half_even(net_of_discounts * rate.millionths, _WHOLE + rate.millionths)
        base = net_of_discounts - tax
    else:
        tax = divide_half_even(net_of_discounts * rate.millionths, _WHOLE)
        base = net_of_discounts
    return TaxPart(code=code, rate=rate.rate, inclusive=rate.inclusive, base=base, amount=tax)


def tax_within(code: str, rate: TaxRate, gross: int) -> TaxPart:
    """The tax in an amount that is known with its tax, however the prices are written."""
    tax = divide_half_even(gross * rate.millionths, _WHOLE + rate.millionths)
    return TaxPart(code=code, rate=rate.rate, inclusive=rate.inclusive, base=gross - tax, amount=tax)
