"""Whether a list that head office shows under a version in force is the list that is in force.

Prices of a version never change. What is put under a used version by mistake must be said aloud: head office would
take its new prices for those of the tills.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from appliance.application.handlers.pricelists import part_of
from appliance.domain.events import PriceListActivated, PriceListStaged
from appliance.domain.refusals_hq import PriceListChanged
from appliance.eventstore.writer import Writer

_ACTIVE = "SELECT valid_from, parts, products FROM pricelists WHERE version = ?"


async def check_same(writer: Writer, staged: Sequence[PriceListStaged], activated: PriceListActivated) -> None:
    """Raise PriceListChanged for the first thing in which it is another list than the one of its version here."""
    version = activated.version
    [active] = await writer.run(lambda uow: uow.query(_ACTIVE, (version,)))
    if active != (activated.valid_from, activated.parts, activated.products):
        told = f"{active[2]} prices from {active[0]} on, not {activated.products} from {activated.valid_from} on"
        raise PriceListChanged(f"{version} is in force already with {told}.")
    for part in staged:
        ours = await writer.run(partial(part_of, version=version, number=part.part))
        theirs = {each.product_id: each.price for each in part.prices}
        if ours != theirs:
            other = next(each for each in sorted(ours.keys() | theirs) if ours.get(each) != theirs.get(each))
            detail = f"{version} is in force already with {ours.get(other)} for {other}, not {theirs.get(other)}."
            raise PriceListChanged(detail)
