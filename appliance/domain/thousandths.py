"""Quantities as whole thousandths: what a column can add up without a float and without a Decimal a line."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

MILLI = 1000  # the domain admits at most three decimals
KNOWN_QUANTITIES = 4096  # a shop's lines are nearly all among these few: 1, 2, 12, 0.5 ...


class _Thousandths(dict[str, int]):
    """Remembers what each quantity came to; looking one up is a step of C, which every line ever sold takes."""

    def __missing__(self, quantity: str) -> int:
        if len(self) >= KNOWN_QUANTITIES:
            self.clear()
        found = self[quantity] = int((Decimal(quantity) * MILLI).to_integral_value(ROUND_HALF_EVEN))
        return found


THOUSANDTHS = _Thousandths()
"""A decimal string -> thousandths; a fourth decimal, which the domain refuses, would round half-even."""


def milli(quantity: str) -> int:
    """A decimal string in thousandths."""
    return THOUSANDTHS[quantity]
