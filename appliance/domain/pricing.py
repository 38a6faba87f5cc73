"""A sale line from product, price and discounts: exact, and never below zero."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

from appliance.domain import money
from appliance.domain.currency import Currency
from appliance.domain.events import Discount, SaleLine, TaxPart
from appliance.domain.money import (
    PRICE_PLACES,
    REMEMBERED,
    amount,
    divide_half_even,
    scaled,
    unscaled,
)
from appliance.domain.policy import StorePolicy
from appliance.domain.product import PriceRow, Product
from appliance.domain.refusals import (
    DiscountTooLarge,
    InvalidAmount,
    InvalidRate,
    OverrideNotAllowed,
    PriceMissing,
    ProductInactive,
    TooMany,
)
from appliance.domain.refusals_hq import ProductUnderRecall
from appliance.domain.tax import TaxRate, tax_on
from appliance.domain.text import MAX_ID, MAX_REASON, check_choice, check_text

DISCOUNT_KINDS = frozenset({"amount", "percent"})
MAX_DISCOUNTS = 20  # on one line
_WHOLE_PERCENT: int = 100 * 10**PRICE_PLACES


class OfferedDiscount(Protocol):
    """A discount as it was asked for."""

    @property
    def kind(self) -> str:
        """Which of DISCOUNT_KINDS."""

    @property
    def amount(self) -> int | None:
        """What comes off, where the kind is "amount"."""

    @property
    def percent(self) -> str | None:
        """What part comes off, where the kind is "percent"."""

    @property
    def reason(self) -> str:
        """Why."""

    @property
    def approved_by(self) -> str | None:
        """Who allowed it."""


class Reckoned(NamedTuple):
    """What so much of something at a unit price comes to, before discounts."""

    quantity: str
    unit_price: str
    net: int
    tax: TaxPart


@lru_cache(maxsize=REMEMBERED)
def _reckon(quantity_text: str, price_text: str, tax_code: str, rate: TaxRate, currency: Currency) -> Reckoned:
    thousandths, millionths = money.quantity(quantity_text), money.unit_price(price_text)
    net = money.extended(thousandths, millionths, currency)
    return Reckoned(
        money.quantity_text(thousandths),
        money.price_text(millionths, currency),
        net,
        tax_on(tax_code, rate, net),
    )


def price_line(
    number: int,
    product: Product,
    quantity: str,
    price: str,
    *,
    in_force: PriceRow | None,
    discounts: Sequence[OfferedDiscount],
    code: str | None,
    policy: StorePolicy,
) -> SaleLine:
    """The line of a sale or an unlinked refund, exact to the minor unit.

    Tills sell the same few quantities at the same few prices all day, so what they come to is remembered; what is
    refused is not.
    """
    rate = policy.taxes.get(product.tax_code) or policy.tax_rate(product.tax_code, "/product_id")
    if not discounts:
        return _full_price(number, product, quantity, price, in_force, code, rate, policy.currency)
    reckoned = _reckon(quantity, price, product.tax_code, rate, policy.currency)
    net, taken = _discounted(reckoned.net, discounts)
    tax = tax_on(product.tax_code, rate, net)
    return _line(number, product, reckoned, tax, in_force=in_force, code=code, discounts=taken)


@lru_cache(maxsize=REMEMBERED)
def _full_price(
    number: int,
    product: Product,
    quantity: str,
    price: str,
    in_force: PriceRow | None,
    code: str | None,
    rate: TaxRate,
    currency: Currency,
) -> SaleLine:
    """The whole line of so much of a product at a place of the receipt: nothing changes a line once it is built."""
    reckoned = _reckon(quantity, price, product.tax_code, rate, currency)
    return _line(number, product, reckoned, reckoned.tax, in_force=in_force, code=code)


def _line(
    number: int,
    product: Product,
    reckoned: Reckoned,
    tax: TaxPart,
    *,
    in_force: PriceRow | None,
    code: str | None,
    discounts: tuple[Discount, ...] = (),
) -> SaleLine:
    return SaleLine(
        line=number,
        product_id=product.product_id,
        name=product.name,
        quantity=reckoned.quantity,
        unit_price=reckoned.unit_price,
        amount=tax.base + tax.amount,
        tax=(tax,),
        stocked=product.stocked,
        code=code,
        list_price=None if in_force is None else in_force.price,
        price_list=None if in_force is None else in_force.version,
        discounts=discounts,
    )


def agree_price(product: Product, given: str | None, in_force: PriceRow | None, *, may_override: bool) -> str:
    """The unit price to charge: the one in force, or another by right or where none is in force."""
    if in_force is None:
        if given is None:
            raise PriceMissing(
                f"No price is in force for {product.product_id}.", at="/unit_price", product_id=product.product_id
            )
        return given
    listed = in_force.price
    if given is None or given == listed:
        return listed
    if money.unit_price(given) != money.unit_price(listed) and not may_override:
        raise OverrideNotAllowed(
            f"{product.product_id} sells at {listed}, not at {given}.",
            at="/unit_price",
            product_id=product.product_id,
            unit_price=given,
            price_in_force=listed,
        )
    return given


def check_for_sale(product: Product) -> None:
    """Refuse what the store no longer sells."""
    if not product.active:
        raise ProductInactive(f"{product.product_id} is no longer for sale.", product_id=product.product_id)
    if product.recall is not None:
        raise ProductUnderRecall(
            f"{product.product_id} has been recalled: {product.recall.reason}",
            at="/product_id",
            product_id=product.product_id,
            recall_id=product.recall.recall_id,
        )


def _discounted(net: int, offered: Sequence[OfferedDiscount]) -> tuple[int, tuple[Discount, ...]]:
    """What is left after each discount in turn; a percentage is of what the ones before it left."""
    if len(offered) > MAX_DISCOUNTS:
        raise TooMany(f"A line has at most {MAX_DISCOUNTS} discounts.", at="/discounts", limit=MAX_DISCOUNTS)
    taken = []
    for index, each in enumerate(offered):
        discount = _discount(net, each, f"/discounts/{index}")
        if discount.amount > net:
            raise DiscountTooLarge(
                f"The discount of {discount.amount} is more than the {net} the line comes to.",
                at=f"/discounts/{index}",
                discount=discount.amount,
                line_amount=net,
            )
        net -= discount.amount
        taken.append(discount)
    return net, tuple(taken)


def _discount(net: int, offered: OfferedDiscount, at: str) -> Discount:
    check_choice(offered.kind, DISCOUNT_KINDS, f"{at}/kind")
    check_text(offered.reason, f"{at}/reason", MAX_REASON)
    check_text(offered.approved_by or "", f"{at}/approved_by", MAX_ID)
    if offered.kind == "amount":
        if offered.amount is None or offered.percent is not None:
            raise InvalidAmount("A discount of kind amount has an amount and no percent.", at=f"{at}/amount")
        off, percent = amount(offered.amount, f"{at}/amount", least=1), None
    else:
        off, percent = _percent_of(net, offered, f"{at}/percent")
    return Discount(
        kind=offered.kind, amount=off, reason=offered.reason, percent=percent, approved_by=offered.approved_by
    )


def _percent_of(net: int, offered: OfferedDiscount, at: str) -> tuple[int, str]:
    millionths = None if offered.percent is None else scaled(offered.percent, PRICE_PLACES)
    if millionths is None or offered.amount is not None or not 0 < millionths <= _WHOLE_PERCENT:
        raise InvalidRate("A discount of kind percent has a percent above 0 up to 100, and no amount.", at=at)
    return divide_half_even(net * millionths, _WHOLE_PERCENT), unscaled(millionths, PRICE_PLACES)
