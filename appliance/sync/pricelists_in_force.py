"""Whether a list that head office shows under a version in force is the list that is in force.

Prices of a version never change. What is put under a used version by mistake must be said aloud: head office would
take its new prices for those of the tills.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from appliance.domain.events import PriceListActivated, PriceListStaged
from appliance.domain.refusals_hq import PriceListChanged
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.eventstore.writer import Writer

# The parts are the first events of their list's stream, in order; so each is read by itself, between the sales.
_PART = (
    "SELECT json_extract(each.value, '$.product_id'), json_extract(each.value, '$.price')"
    " FROM events, json_each(record, '$.data.prices') AS each WHERE stream_id = ? AND version = ?"
)
_ACTIVE = "SELECT valid_from, parts, products FROM pricelists WHERE version = ?"


async def check_same(writer: Writer, staged: Sequence[PriceListStaged], activated: PriceListActivated) -> None:
    """Raise PriceListChanged for the first thing in which it is another list than the one of its version here."""
    version = activated.version
    [active] = await writer.run(lambda uow: uow.query(_ACTIVE, (version,)))
    if active != (activated.valid_from, activated.parts, activated.products):
        told = f"{active[2]} prices from {active[0]} on, not {activated.products} from {activated.valid_from} on"
        raise PriceListChanged(f"{version} is in force already with {told}.")
    for part in staged:
        ours = await writer.run(partial(_part, version=version, number=part.part))
        theirs = {each.product_id: each.price for each in part.prices}
        if ours != theirs:
            other = next(each for each in sorted(ours.keys() | theirs) if ours.get(each) != theirs.get(each))
            detail = f"{version} is in force already with {ours.get(other)} for {other}, not {theirs.get(other)}."
            raise PriceListChanged(detail)


def _part(uow: UnitOfWork, *, version: str, number: int) -> dict[str, str]:
    return dict(uow.query(_PART, (f"pricelist-{version}", number)))
