"""Quantities as whole thousandths: what a column can add up without a float and without a Decimal a line."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

MILLI = 1000  # the domain admits at most three decimals
KNOWN_QUANTITIES = 4096  # a shop's lines are nearly all among these few: 1, 2, 12, 0.5 ...


@lru_cache(maxsize=KNOWN_QUANTITIES)
def milli(quantity: str) -> int:
    """A decimal string in thousandths; a fourth decimal, which the domain refuses, would round half-even."""
    return int((Decimal(quantity) * MILLI).to_integral_value(ROUND_HALF_EVEN))
