"""Messages that give up, without the hours that takes."""

from typing import Any

from appliance.application.outside import OutcomeUnknown
from appliance.eventstore.messages import DEAD, Change
from tests.support.api import Shop
from tests.support.fulfilling import order, prepared, until
from tests.support.providers import Providers, late


async def buried(shop: Shop, world: Providers) -> tuple[str, int]:
    """An order whose message has become a dead letter while it waited for its provider."""
    world.plans["charge"] = [late(OutcomeUnknown("reset", "the line broke"))]
    gate = world.hold("charge")
    placed = await order(shop, await prepared(shop))
    await world.until("charge")

    def bury(uow: Any) -> int:
        message = int(uow.messages.of_saga(placed))
        uow.messages.change(message, Change(queue="sagas", state=DEAD, error="killed the process five times"))
        shop.services.sagas.course.give_up(uow, placed, "dead", "killed the process five times")
        return message

    message = await shop.services.writer.run(bury)
    gate.set()
    await until(shop, placed, "stuck")
    return placed, message


async def buried_alone(shop: Shop) -> int:
    """A dead letter that belongs to no order."""

    def bury(uow: Any) -> int:
        message = int(uow.enqueue("default", "print_label", b"{}"))
        uow.messages.change(message, Change(queue="default", state=DEAD, error="no paper"))
        return message

    return await shop.services.writer.run(bury)
