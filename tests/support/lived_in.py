"""A store with nine months behind it and work under way: what every room and every page has something to show of."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from appliance.application.outside import Declined
from tests.support.api import Shop, serving, stocked
from tests.support.burying import buried, buried_alone
from tests.support.fulfilling import order, prepared, until
from tests.support.providers import Providers
from tests.support.retail import STORE, Months

FACTS, TOKENS = "facts.json", "tokens.json"
SOLD_OFTEN = "85123A"  # of the retailer's own goods
FIRST_INVOICE = "INV-536365"


@dataclass(frozen=True)
class Facts:
    """What is in it, by id."""

    stuck: str
    picking: str
    buried: str
    letter: int
    letter_alone: int
    product: str = SOLD_OFTEN
    sale: str = FIRST_INVOICE


def lived_in(folder: Path, months: Months) -> None:
    """Make one of the months, in this folder."""
    months.copy(folder / STORE)
    facts, tokens = asyncio.run(_work_under_way(folder / STORE, months.config))
    (folder / FACTS).write_text(json.dumps(asdict(facts)))
    (folder / TOKENS).write_text(json.dumps(tokens))


async def _work_under_way(data: Path, config: Path) -> tuple[Facts, dict[str, str]]:
    world = Providers()
    async with serving(data, around=world.around, config=config) as opened:
        shop = await stocked(opened)
        customer = await prepared(shop)
        world.plans = {"ship": [Declined("no_route", "no")], "refund": [Declined("account_closed", "No such account.")]}
        await until(shop, stuck := await order(shop, customer), "stuck")
        given_up, letter = await buried(shop, world)
        await until(shop, picking := await order(shop, customer, kind="pickup"), "awaiting_pick")
        return Facts(stuck, picking, given_up, letter, await buried_alone(shop)), shop.tokens


@asynccontextmanager
async def living(folder: Path, months: Months, data: Path) -> AsyncIterator[tuple[Shop, Facts]]:
    """A copy of it, open."""
    Months(folder).copy(data)
    async with serving(data, config=months.config) as shop:
        shop.tokens = json.loads((folder / TOKENS).read_text())
        yield shop, Facts(**json.loads((folder / FACTS).read_text()))
