"""Sales in few words."""

from appliance.application.commands import CountedLine, GivenTender, RingUpSale, RungUpLine

CASH = 10_000_00
"""Enough for any sale of a test; the rest comes back as change."""


def sale(
    sale_id: str,
    *,
    lines: tuple[RungUpLine, ...] | None = None,
    paid: int | None = CASH,
    client_ref: str | None = None,
    register_id: str = "till-1",
    **quantities: str,
) -> RingUpSale:
    """A sale of so much of each product named, paid in cash."""
    rung_up = tuple(RungUpLine(product_id=product_id, quantity=each) for product_id, each in quantities.items())
    return RingUpSale(
        sale_id=sale_id,
        register_id=register_id,
        client_ref=client_ref,
        currency="GBP",
        lines=rung_up if lines is None else lines,
        tenders=() if paid is None else (GivenTender(type="cash", amount=paid),),
    )


def counted(product_id: str, quantity: str) -> CountedLine:
    """What somebody found of a product."""
    return CountedLine(product_id=product_id, counted=quantity)
